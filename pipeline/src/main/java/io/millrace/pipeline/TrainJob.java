package io.millrace.pipeline;

import io.millrace.data.Dataset;
import io.millrace.data.Sampler;
import io.millrace.data.Targets;
import io.millrace.model.Model;
import io.millrace.pipeline.spec.TrainSpec;
import io.millrace.train.Trainer;
import io.millrace.train.listener.CsvLog;
import io.millrace.train.listener.EarlyStop;
import io.millrace.train.listener.SaveCheckpoint;
import io.millrace.train.listener.TensorBoard;
import io.millrace.train.listener.Webhook;
import io.millrace.train.loss.Loss;
import io.millrace.train.loss.Losses;
import io.millrace.train.metric.Accuracy;
import io.millrace.train.metric.Errors;
import io.millrace.train.metric.Metric;
import io.millrace.train.metric.Perplexity;
import io.millrace.train.schedule.Schedule;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Turns the training part of a spec into a {@link Trainer}. */
final class TrainJob {
  private TrainJob() {}

  /** A trainer with everything but checkpoints. */
  static Trainer trainer(Model model, TrainSpec spec, long seed, Dataset data, Path base) {
    Trainer trainer =
        Trainer.of(model)
            .loss(loss(model, spec, data))
            .optimizer(spec.optimizer())
            .groups(spec.groups().toArray(new io.millrace.train.optimizer.Group[0]))
            .metrics(metrics(spec, data.targets()).toArray(new Metric[0]))
            .epochs(spec.epochs())
            .batch(spec.batch())
            .accumulate(spec.accumulate())
            .clipNorm(spec.clipNorm())
            .clipValue(spec.clipValue())
            .precision(spec.precision())
            .checkpointing(spec.checkpointing())
            .augment(spec.augment())
            .freeze(spec.freeze())
            .validationSplit(spec.validation())
            .seed(seed);
    Schedule schedule = spec.schedule();
    if (schedule != null) {
      if (spec.scheduleBy() == TrainSpec.Unit.EPOCH) {
        trainer.scheduleByEpoch(schedule);
      } else {
        trainer.schedule(schedule);
      }
    }
    if (spec.anomaly()) {
      trainer.anomaly();
    }
    if (spec.average() != null) {
      trainer.average(spec.average());
    }
    if (spec.loaders() != null) {
      trainer.loaders(spec.loaders());
    }
    if (!spec.classWeights().isEmpty()) {
      trainer.classWeights(classWeights(spec.classWeights(), data.targets()));
    }
    sampling(trainer, spec, seed, data);
    listeners(trainer, spec, base);
    return trainer;
  }

  /** Checkpoints for a run that may be interrupted. */
  static SaveCheckpoint checkpoints(TrainSpec spec, Path file) {
    return new SaveCheckpoint(file)
        .every(Duration.ofSeconds(Math.max(1, spec.save().seconds())))
        .everySteps(spec.save().steps());
  }

  private static void listeners(Trainer trainer, TrainSpec spec, Path base) {
    if (spec.csv() != null) {
      trainer.listeners(new CsvLog(base.resolve(spec.csv())));
    }
    if (spec.tensorboard() != null) {
      trainer.listeners(new TensorBoard(base.resolve(spec.tensorboard())));
    }
    if (spec.webhook() != null) {
      trainer.listeners(new Webhook(address(spec.webhook())));
    }
    TrainSpec.EarlyStopSpec early = spec.earlyStop();
    if (early != null) {
      trainer.listeners(new EarlyStop(early.metric(), early.patience(), early.least()));
    }
  }

  private static URI address(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new PipelineException("webhook", text);
    }
  }

  private static void sampling(Trainer trainer, TrainSpec spec, long seed, Dataset data) {
    switch (spec.sampling()) {
      case SHUFFLED -> {}
      case IN_ORDER -> trainer.sampler(Sampler.inOrder(train(spec, data).count()));
      case BALANCED -> {
        if (!(train(spec, data).targets() instanceof Targets.Classes classes)) {
          throw new PipelineException("sampling.classes");
        }
        trainer.sampler(Sampler.balanced(classes, seed));
      }
    }
  }

  /** The rows that are left for training when the last ones are held out. */
  private static Dataset train(TrainSpec spec, Dataset data) {
    if (spec.validation() <= 0) {
      return data;
    }
    return data.part(
        io.millrace.data.Splits.last(data.count(), spec.validation()),
        io.millrace.data.Parts.Side.TRAIN);
  }

  private static float[] classWeights(Map<String, Double> given, Targets targets) {
    List<String> classes =
        switch (targets) {
          case Targets.Classes(var labels, var names) -> names;
          case Targets.Steps(var labels, var length, var names) -> names;
          case Targets.Numbers numbers -> throw new PipelineException("weights.classes");
        };
    for (String name : given.keySet()) {
      if (!classes.contains(name)) {
        throw new PipelineException("weights.unknown", name, classes);
      }
    }
    float[] weights = new float[classes.size()];
    for (int c = 0; c < weights.length; c++) {
      weights[c] = given.getOrDefault(classes.get(c), 1.0).floatValue();
    }
    return weights;
  }

  private static List<Metric> metrics(TrainSpec spec, Targets targets) {
    if (!spec.metrics().isEmpty()) {
      return spec.metrics();
    }
    return switch (targets) {
      case Targets.Classes classes -> List.of(new Accuracy());
      case Targets.Steps steps -> List.of(new Accuracy(), new Perplexity());
      case Targets.Numbers numbers -> List.of(new Errors.MeanAbsoluteError());
    };
  }

  /** The loss that the spec names, or the usual one for these targets. */
  private static Loss loss(Model model, TrainSpec spec, Dataset data) {
    Loss chosen = spec.loss();
    if (chosen != null) {
      return chosen;
    }
    if (data.targets() instanceof Targets.Numbers) {
      return Losses.meanSquaredError();
    }
    long outputs = Objects.requireNonNull(model.plan(data.inputs().shape()).output()).elements();
    return outputs == 1 ? Losses.binaryCrossEntropy() : Losses.sparseCategoricalCrossEntropy();
  }
}

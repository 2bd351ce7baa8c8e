package io.millrace.train;

import io.millrace.data.Batch;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.model.Network;
import io.millrace.train.metric.Metric;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.Optimizer;
import io.millrace.train.schedule.Plateau;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One run of a {@link Trainer}: epochs, steps, validation, and who is told. */
final class Fit {
  private final Trainer trainer;
  private final Network network;
  private final Objective objective;
  private final Stop stop;

  Fit(Trainer trainer, Network network, Objective objective, Stop stop) {
    this.trainer = trainer;
    this.network = network;
    this.objective = objective;
    this.stop = stop;
  }

  TrainingResult run(Batches batches, Map<String, Dataset> held, @Nullable Path resume) {
    Listeners told = new Listeners(trainer.listeners);
    long total = total(batches);
    trainer.schedule.check(total);
    try (Optimizer running = Group.over(trainer.optimizer, trainer.groups, network.parameters());
        RunningAverage average =
            trainer.average == null ? null : new RunningAverage(trainer.average, network)) {
      Training training =
          new Training(
              network,
              running,
              trainer.epochs,
              batches.count(),
              trainer.batch,
              trainer.settings(batches),
              told);
      training.average = average;
      trainer.metrics.forEach(metric -> training.counts.add(metric.start()));
      if (trainer.schedule instanceof Plateau plateau) {
        training.watch = new Plateau.Watch(plateau);
      }
      training.epoch = 1;
      if (resume != null) {
        Checkpoint.restore(resume, training);
      }
      told.each(listener -> listener.started(training));
      try {
        epochs(training, batches, held, total);
      } finally {
        if (average != null && average.isReady()) {
          network.load(average.mean());
        }
        told.each(listener -> listener.ended(training));
      }
      return new TrainingResult(network, training.history(), told.failures());
    }
  }

  /** What schedules count: optimizer steps or epochs. */
  private long total(Batches batches) {
    long steps = (batches.count() + trainer.accumulate - 1) / trainer.accumulate;
    return trainer.everyEpoch ? trainer.epochs : steps * trainer.epochs;
  }

  private void epochs(Training training, Batches batches, Map<String, Dataset> held, long total) {
    while (training.epoch <= trainer.epochs && !training.isStopping()) {
      long start = System.nanoTime();
      pass(training, batches, total);
      Map<String, Double> values =
          new LinkedHashMap<>(Validation.values(training.loss(), training.counts, trainer.metrics));
      training.validate(() -> validate(held, values));
      watch(training, values);
      values.put("rate", training.optimizer().rate());
      History.Epoch finished =
          new History.Epoch(training.epoch, (System.nanoTime() - start) / 1e9, values);
      training.add(finished);
      // A checkpoint from here on continues with the next epoch.
      next(training);
      training.listeners().each(listener -> listener.finished(training, finished));
    }
  }

  private void next(Training training) {
    training.epoch++;
    training.step = 0;
    training.sum = 0;
    training.weight = 0;
    training.counts.clear();
    trainer.metrics.stream().map(Metric::start).forEach(training.counts::add);
  }

  private void validate(Map<String, Dataset> held, Map<String, Double> values) {
    held.forEach(
        (name, data) ->
            Validation.evaluate(network, data, objective, trainer.metrics)
                .forEach((metric, value) -> values.put(name + "_" + metric, value)));
  }

  private static void watch(Training training, Map<String, Double> values) {
    Plateau.Watch watch = training.watch;
    if (watch != null) {
      String metric = watch.metric();
      Double value = values.get(metric);
      if (value == null) {
        throw new TrainException("metric.absent", metric, values.keySet());
      }
      watch.saw(value, Direction.isFalling(metric));
    }
  }

  private void pass(Training training, Batches batches, long total) {
    Step step = new Step(trainer, objective, training, network);
    network.resetStates();
    try (Batches.Epoch epoch = batches.epoch(training.epoch - 1, training.step)) {
      while (epoch.hasNext()) {
        if (stop.isRequested()) {
          training.listeners().each(listener -> listener.interrupted(training));
          stop.heeded();
          throw new TrainException("interrupted", training.epoch, training.step);
        }
        long start = System.nanoTime();
        long waitedBefore = epoch.waited();
        Batch next = epoch.next();
        training.optimizer().rate(trainer.optimizer.rate() * factor(training, total));
        boolean changed = step.take(next, !epoch.hasNext());
        training.waited += epoch.waited() - waitedBefore;
        training.worked += System.nanoTime() - start;
        training.step++;
        if (changed) {
          // Only here is there no half-gathered gradient that a checkpoint would lose.
          training.listeners().each(listener -> listener.stepped(training));
        }
      }
    }
  }

  private double factor(Training training, long total) {
    Plateau.Watch watch = training.watch;
    if (watch != null) {
      return watch.factor();
    }
    long perEpoch = (training.steps() + trainer.accumulate - 1) / trainer.accumulate;
    long step =
        trainer.everyEpoch
            ? training.epoch - 1
            : (training.epoch - 1) * perEpoch + training.step / trainer.accumulate;
    return trainer.schedule.factor(step, total);
  }
}

package io.millrace.pipeline.language;

import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.Pretrained;
import io.millrace.tensor.Tensor;
import io.millrace.train.History;
import io.millrace.train.Stop;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import io.millrace.train.language.LanguageTrainer;
import io.millrace.train.listener.CsvLog;
import io.millrace.train.listener.EarlyStop;
import io.millrace.train.listener.SaveCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The course of a job's training: listeners, checkpoints, the best epoch, and what is written.
 *
 * @param output the folder that is written
 * @param resuming whether it goes on from a checkpoint, if there is one
 */
record TuneCourse(
    TuneSpec spec, Path output, List<TrainingListener> listeners, Stop stop, boolean resuming) {
  static final String CHECKPOINT = "checkpoint.safetensors";
  private static final Duration SAVED = Duration.ofMinutes(10);

  /**
   * A training that is ready.
   *
   * @param watches whether there is a validation loss
   * @param before what validation says of the model as it is; absent: nothing
   */
  record Teaching(
      Pretrained model,
      @Nullable Adapter adapter,
      LanguageTrainer trainer,
      boolean watches,
      @Nullable Supplier<Map<String, Double>> before,
      Supplier<History> fit,
      long tokens,
      int count) {}

  interface Ending {
    /** Completes the folder that was written; what is measured in the end. */
    Map<String, Double> end(Path written);
  }

  TuneJob.Result train(Teaching what, Ending ending) {
    Path checkpoint = output.resolve(CHECKPOINT);
    boolean goesOn = resuming && Files.isRegularFile(checkpoint);
    TuneSpec.Train how = spec.train();
    LanguageTrainer trainer = what.trainer;
    Double before = null;
    if (what.before != null && !goesOn && !spec.fresh()) {
      before = what.before.get().get("val_loss");
    }
    if (what.watches && (how.patience() > 0 || how.best())) {
      int patience = how.patience() > 0 ? how.patience() : Integer.MAX_VALUE;
      trainer.listeners(new EarlyStop(TuneSettings.watched(spec), patience));
    }
    Speed speed = new Speed();
    listeners.forEach(trainer::listeners);
    trainer
        .listeners(speed, new CsvLog(output.resolve("losses.csv")))
        .listeners(new SaveCheckpoint(checkpoint).every(SAVED))
        .stopOn(stop)
        .resume(goesOn ? checkpoint : null);
    History history = what.fit.get();
    Adapter adapter = what.adapter;
    Path written = output.resolve(adapter == null ? "model" : "adapter");
    long trained = numbers(what);
    if (adapter == null) {
      what.model.save(written);
    } else {
      adapter.save(written);
    }
    if (adapter != null && !spec.writes()) {
      // An adapter alone says nothing of the head's classes: the whole model can be used at once.
      adapter.merge();
      written = output.resolve("model");
      what.model.save(written);
    }
    Map<String, Double> test = ending.end(written);
    long steps = TuneSettings.steps(spec, what.count);
    return new TuneJob.Result(
        written.toString(),
        before,
        history,
        test,
        trained,
        speed.stepsPerSecond() * what.tokens / steps);
  }

  private static long numbers(Teaching what) {
    Adapter adapter = what.adapter;
    Map<String, Tensor> all = adapter == null ? what.model.weights() : adapter.parameters();
    return all.values().stream().mapToLong(Tensor::elements).sum();
  }

  /** Steps by time. */
  private static final class Speed implements TrainingListener {
    private long started;
    private long before;
    private long steps;

    @Override
    public void started(Training training) {
      started = System.nanoTime();
      before = training.totalSteps();
    }

    @Override
    public void stepped(Training training) {
      steps = Objects.requireNonNull(training).totalSteps() - before;
    }

    double stepsPerSecond() {
      return steps / ((System.nanoTime() - started) / 1e9);
    }
  }
}

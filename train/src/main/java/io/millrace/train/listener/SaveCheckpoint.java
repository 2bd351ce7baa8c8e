package io.millrace.train.listener;

import io.millrace.train.Checkpoint;
import io.millrace.train.Direction;
import io.millrace.train.History;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Saves checkpoints: after every epoch, and on the way when some time or some steps have passed,
 * and when training is interrupted. With a metric, only when it is the best so far.
 */
public final class SaveCheckpoint implements TrainingListener {
  private final Path file;
  private @Nullable Duration every;
  private long steps;
  private @Nullable String metric;
  private long saved;
  private double best = Double.NaN;

  /**
   * After every epoch.
   *
   * @param file replaced atomically each time
   */
  public SaveCheckpoint(Path file) {
    this.file = file;
  }

  /** Also in the middle of an epoch, when so much time has passed since the last. */
  public SaveCheckpoint every(Duration time) {
    every = time;
    return this;
  }

  /** Also in the middle of an epoch, every so many batches. */
  public SaveCheckpoint everySteps(long count) {
    steps = count;
    return this;
  }

  /** Only after epochs in which this metric is the best so far. */
  public SaveCheckpoint bestBy(String name) {
    metric = name;
    return this;
  }

  @Override
  public boolean isLast() {
    return true;
  }

  @Override
  public void started(Training training) {
    saved = System.nanoTime();
  }

  @Override
  public void stepped(Training training) {
    // The last step of an epoch is saved with it.
    if (metric != null || training.step() == training.steps()) {
      return;
    }
    boolean due = steps > 0 && training.totalSteps() % steps == 0;
    Duration time = every;
    if (due || (time != null && System.nanoTime() - saved > time.toNanos())) {
      write(training);
    }
  }

  @Override
  public void finished(Training training, History.Epoch epoch) {
    if (metric == null) {
      write(training);
      return;
    }
    double value = epoch.metric(metric);
    if (Double.isNaN(best) || (Direction.isFalling(metric) ? value < best : value > best)) {
      best = value;
      write(training);
    }
  }

  @Override
  public void interrupted(Training training) {
    if (metric == null) {
      write(training);
    }
  }

  private void write(Training training) {
    Checkpoint.write(file, training);
    saved = System.nanoTime();
  }
}

package io.millrace.train;

import io.millrace.model.Weights;
import io.millrace.tensor.Tensor;
import io.millrace.train.metric.Metric;
import io.millrace.train.optimizer.Optimizer;
import io.millrace.train.schedule.Plateau;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A training under way, as listeners see it. */
public final class Training {
  private final Weights weights;
  private final Optimizer optimizer;
  private final int epochs;
  private final int steps;
  private final int batch;
  private final List<History.Epoch> history = new ArrayList<>();
  private final Map<String, String> settings;
  private final Listeners listeners;
  final List<Metric.Count> counts = new ArrayList<>();
  @Nullable RunningAverage average;
  Plateau.@Nullable Watch watch;
  int epoch;
  int step;
  double sum;
  double weight;
  long waited;
  long worked;
  double lastLoss = Double.NaN;
  long tokens;
  double operations;
  private boolean stopping;

  Training(
      Weights weights,
      Optimizer optimizer,
      int epochs,
      int steps,
      int batch,
      Map<String, String> settings,
      Listeners listeners) {
    this.weights = weights;
    this.optimizer = optimizer;
    this.epochs = epochs;
    this.steps = steps;
    this.batch = batch;
    this.settings = settings;
    this.listeners = listeners;
  }

  /** The weights being trained. */
  public Weights trained() {
    return weights;
  }

  /** The weights that would be the result now: the running mean where there is one. */
  public Map<String, Tensor> weights() {
    RunningAverage mean = average;
    return mean != null && mean.isReady() ? mean.mean() : weights.state();
  }

  /** The optimizer with its state. */
  public Optimizer optimizer() {
    return optimizer;
  }

  /** The present epoch, from 1. */
  public int epoch() {
    return epoch;
  }

  /** The number of epochs that were asked for. */
  public int epochs() {
    return epochs;
  }

  /** Batches done in this epoch. */
  public int step() {
    return step;
  }

  /** Batches in an epoch. */
  public int steps() {
    return steps;
  }

  /** Batches done since the first epoch began. */
  public long totalSteps() {
    return (long) Math.max(0, epoch - 1) * steps + step;
  }

  /** Rows in a full batch. */
  public int batch() {
    return batch;
  }

  /** The mean loss of this epoch's batches so far. */
  public double loss() {
    return weight == 0 ? Double.NaN : sum / weight;
  }

  /** The mean loss of the last step; NaN before the first. */
  public double lastLoss() {
    return lastLoss;
  }

  /** Tokens computed since this process began, padding included; 0 where rows have none. */
  public long tokens() {
    return tokens;
  }

  /** Floating-point operations since this process began that the model itself needs; 0: unknown. */
  public double operations() {
    return operations;
  }

  /** The share of the time so far, from 0 to 1, in which training waited for data. */
  public double waiting() {
    return worked == 0 ? 0 : (double) waited / worked;
  }

  /** The finished epochs. */
  public History history() {
    return new History(history);
  }

  /** What went wrong in listeners, one sentence each; they were left out from then on. */
  public List<String> failures() {
    return listeners.failures();
  }

  /** Asks training to end after this epoch. */
  public void stop() {
    stopping = true;
  }

  /**
   * Makes these weights the result, for example the best ones seen.
   *
   * @throws io.millrace.model.ModelException if they are not of this model
   */
  public void best(Map<String, Tensor> found) {
    weights.load(found);
  }

  /** At an epoch's end: validates the weights that would be the result now. */
  void validate(Runnable work) {
    RunningAverage mean = average;
    if (mean == null) {
      work.run();
    } else {
      mean.finished(epoch);
      mean.during(work);
    }
  }

  boolean isStopping() {
    return stopping;
  }

  /** What a checkpoint must have been made with to be continued here. */
  Map<String, String> settings() {
    return settings;
  }

  Listeners listeners() {
    return listeners;
  }

  void add(History.Epoch finished) {
    history.add(finished);
  }

  void restore(History finished, boolean stopped) {
    history.addAll(finished.epochs());
    stopping = stopped;
  }
}

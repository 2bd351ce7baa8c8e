package io.millrace.train.listener;

import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.Direction;
import io.millrace.train.History;
import io.millrace.train.TrainException;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ends training when a metric has not improved for some epochs, and brings the best weights back.
 */
public final class EarlyStop implements TrainingListener {
  private static final String COUNTS = "counts";
  private static final String BEST = "best.";

  private final String metric;
  private final int patience;
  private final double least;
  private double best = Double.NaN;
  private int since;
  private @Nullable Scope kept;
  private @Nullable Scope counted;
  private final Map<String, Tensor> bestWeights = new LinkedHashMap<>();

  /**
   * Watches a metric. Losses and errors should fall; every other metric should rise.
   *
   * @param metric for example {@code val_loss} or {@code val_accuracy}
   * @param patience epochs without improvement, at least 1
   */
  public EarlyStop(String metric, int patience) {
    this(metric, patience, 0);
  }

  /**
   * Watches a metric.
   *
   * @param least by how much a value must be better to count
   */
  public EarlyStop(String metric, int patience, double least) {
    if (patience < 1) {
      throw new TrainException("patience", patience);
    }
    this.metric = metric;
    this.patience = patience;
    this.least = least;
  }

  @Override
  public void finished(Training training, History.Epoch epoch) {
    double value = epoch.metric(metric);
    boolean better = Direction.isFalling(metric) ? value < best - least : value > best + least;
    if (Double.isNaN(best) || better) {
      best = value;
      since = 0;
      remember(training.weights());
    } else if (++since >= patience) {
      training.stop();
    }
  }

  @Override
  public void ended(Training training) {
    if (!bestWeights.isEmpty() && kept != null) {
      training.best(bestWeights);
      bestWeights.clear();
      kept.close();
    }
    if (counted != null) {
      counted.close();
    }
  }

  @Override
  public Map<String, Tensor> state() {
    if (bestWeights.isEmpty()) {
      return Map.of();
    }
    if (counted != null) {
      counted.close();
    }
    Scope scope = Scope.shared();
    counted = scope;
    Map<String, Tensor> all = new LinkedHashMap<>();
    try (Scope temporary = Scope.open()) {
      all.put(COUNTS, scope.adopt(Tensors.of(new double[] {best, since}, 2)));
    }
    bestWeights.forEach((name, weight) -> all.put(BEST + name, weight));
    return all;
  }

  @Override
  public void restore(Map<String, Tensor> state) {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    state.forEach(
        (name, tensor) -> {
          if (name.startsWith(BEST)) {
            weights.put(name.substring(BEST.length()), tensor);
          } else if (name.equals(COUNTS)) {
            double[] counts = tensor.to(DType.FLOAT64).toDoubles();
            best = counts[0];
            since = (int) counts[1];
          }
        });
    remember(weights);
  }

  private void remember(Map<String, Tensor> weights) {
    if (kept != null) {
      kept.close();
    }
    bestWeights.clear();
    Scope scope = Scope.shared();
    kept = scope;
    try (Scope temporary = Scope.open();
        Mode mode = Mode.noGradient()) {
      weights.forEach((name, weight) -> bestWeights.put(name, scope.adopt(weight.copy())));
    }
  }
}

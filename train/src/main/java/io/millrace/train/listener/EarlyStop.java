package io.millrace.train.listener;

import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.train.History;
import io.millrace.train.TrainException;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Ends training when a metric has not improved for some epochs, and brings the best weights back.
 */
public final class EarlyStop implements TrainingListener {
  private final String metric;
  private final int patience;
  private double best = Double.NaN;
  private int since;
  private @Nullable Scope kept;
  private final Map<String, Tensor> bestWeights = new LinkedHashMap<>();

  /**
   * Watches a metric. Losses and errors should fall; every other metric should rise.
   *
   * @param metric for example {@code val_loss} or {@code val_accuracy}
   * @param patience epochs without improvement, at least 1
   */
  public EarlyStop(String metric, int patience) {
    if (patience < 1) {
      throw new TrainException("patience", patience);
    }
    this.metric = metric;
    this.patience = patience;
  }

  @Override
  public void finished(Training training, History.Epoch epoch) {
    double value = epoch.metric(metric);
    boolean better =
        metric.endsWith("loss") || metric.contains("error") ? value < best : value > best;
    if (Double.isNaN(best) || better) {
      best = value;
      since = 0;
      remember(training);
    } else if (++since >= patience) {
      training.stop();
    }
  }

  @Override
  public void ended(Training training) {
    if (!bestWeights.isEmpty()) {
      training.network().load(bestWeights);
      Objects.requireNonNull(kept).close();
      bestWeights.clear();
    }
  }

  private void remember(Training training) {
    if (kept != null) {
      kept.close();
    }
    bestWeights.clear();
    Scope scope = Scope.shared();
    kept = scope;
    try (Scope temporary = Scope.open();
        Mode mode = Mode.noGradient()) {
      training
          .network()
          .parameters()
          .forEach((name, weight) -> bestWeights.put(name, scope.adopt(weight.copy())));
    }
  }
}

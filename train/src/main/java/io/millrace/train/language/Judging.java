package io.millrace.train.language;

import io.millrace.model.layer.Layer;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** A lesson whose loss is made of the scores of a whole pass. */
abstract class Judging implements Lesson {
  /** The summed loss of these examples, in the current scope. */
  abstract Tensor loss(int[] examples, boolean mixed, Layer.Pass pass, Tally tally);

  /** What {@link #measure} reports besides the loss, of what {@link #loss} counted. */
  abstract void report(Tally tally, Map<String, Double> values);

  @Override
  public double weight(int[] examples) {
    return examples.length;
  }

  @Override
  public double learn(int[] examples, double scale, boolean mixed) {
    try (Scope scope = Scope.open()) {
      Tensor loss = loss(examples, mixed, Layer.Pass.TRAINING, Tally.NONE);
      double sum = loss.detach().item();
      if (Double.isFinite(sum)) {
        loss.mul(scale).backward();
      }
      return sum;
    }
  }

  @Override
  public Map<String, Double> measure(int batch, boolean mixed) {
    Tally tally = new Tally();
    double sum = 0;
    double weight = 0;
    try (Mode mode = Mode.noGradient()) {
      for (int[] some : Order.sorted(count(), batch, this::length)) {
        try (Scope scope = Scope.open()) {
          sum += loss(some, mixed, Layer.Pass.INFERENCE, tally).item();
          weight += weight(some);
        }
      }
    }
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", sum / weight);
    report(tally, values);
    return values;
  }
}

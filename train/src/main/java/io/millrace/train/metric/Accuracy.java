package io.millrace.train.metric;

import io.millrace.tensor.DType;
import io.millrace.tensor.Tensor;

/**
 * The share of rows whose class is hit: the largest of several scores, or the sign of a single one.
 */
public record Accuracy() implements Metric {
  @Override
  public String name() {
    return "accuracy";
  }

  @Override
  public Count start() {
    return new Count() {
      private double hits;
      private long rows;

      @Override
      public void add(Tensor scores, Tensor targets) {
        Tensor chosen =
            scores.size(-1) == 1
                ? scores.gt(0).to(DType.INT64).reshape(scores.size(0))
                : scores.argmax(-1);
        Tensor wanted = targets.rank() == 1 ? targets : targets.argmax(-1);
        hits += chosen.eq(wanted).sum().item();
        rows += scores.size(0);
      }

      @Override
      public double value() {
        return rows == 0 ? Double.NaN : hits / rows;
      }
    };
  }
}

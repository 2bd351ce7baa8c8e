package io.millrace.train.metric;

import io.millrace.tensor.Tensor;

/** The mean absolute difference between outputs (a linear last layer) and target numbers. */
public record MeanAbsoluteError() implements Metric {
  @Override
  public String name() {
    return "mean-absolute-error";
  }

  @Override
  public Count start() {
    return new Count() {
      private double sum;
      private long values;

      @Override
      public void add(Tensor scores, Tensor targets) {
        sum += scores.sub(targets).abs().sum().item();
        values += targets.elements();
      }

      @Override
      public double value() {
        return values == 0 ? Double.NaN : sum / values;
      }
    };
  }
}

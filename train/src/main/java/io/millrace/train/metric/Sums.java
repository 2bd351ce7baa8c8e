package io.millrace.train.metric;

import io.millrace.model.layer.Activation;
import io.millrace.tensor.Tensor;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/** A count that is a few sums. */
final class Sums implements Metric.Count {
  /** Adds a batch's part to the sums. */
  interface Adding {
    void add(double[] sums, Tensor scores, Activation last, Tensor targets);
  }

  private final double[] sums;
  private final Adding adding;
  private final ToDoubleFunction<double[]> value;

  Sums(int count, Adding adding, ToDoubleFunction<double[]> value) {
    this.sums = new double[count];
    this.adding = adding;
    this.value = value;
  }

  @Override
  public void add(Tensor scores, Activation last, Tensor targets) {
    adding.add(sums, scores, last, targets);
  }

  @Override
  public double value() {
    return value.applyAsDouble(sums);
  }

  @Override
  public double[] state() {
    return Arrays.copyOf(sums, sums.length);
  }

  @Override
  public void restore(double[] state) {
    System.arraycopy(state, 0, sums, 0, sums.length);
  }
}

package io.millrace.model.layer;

import io.millrace.tensor.Neural;
import io.millrace.tensor.Tensor;

/** What happens at the edges; the rules are Keras's (TensorFlow's). */
public enum Padding {
  /** Windows stay inside. */
  VALID,
  /**
   * As many outputs as inputs, divided by the stride and rounded up; an odd zero goes to the end.
   */
  SAME,
  /** One place only: all zeros before, so that an output sees nothing later than itself. */
  CAUSAL;

  /** The number of outputs of one place; 0 or less where no window fits. */
  long outputs(long inputs, long reach, long stride) {
    return this == VALID
        ? (inputs - reach) / stride + (inputs >= reach ? 1 : 0)
        : (inputs + stride - 1) / stride;
  }

  /** Zeros before and after. */
  long[] widths(long inputs, long reach, long stride) {
    if (this == VALID) {
      return new long[2];
    }
    if (this == CAUSAL) {
      return new long[] {reach - 1, 0};
    }
    long all = Math.max(0, (outputs(inputs, reach, stride) - 1) * stride + reach - inputs);
    return new long[] {all / 2, all - all / 2};
  }

  /** x [batch, channels, place…] with the elements that this rule adds. */
  Tensor apply(Tensor x, long[] reach, long[] stride, double value) {
    if (this == VALID) {
      return x;
    }
    long[] widths = new long[2 * reach.length];
    boolean any = false;
    for (int i = 0; i < reach.length; i++) {
      long[] both = widths(x.size(2 + i), reach[i], stride[i]);
      int at = 2 * (reach.length - 1 - i);
      widths[at] = both[0];
      widths[at + 1] = both[1];
      any |= both[0] + both[1] > 0;
    }
    return any ? Neural.pad(x, value, widths) : x;
  }
}

package io.millrace.tensor;

import jdk.incubator.vector.FloatVector;

/** The gate of a feed-forward part for single rows; see {@link RowKernels}. */
public final class RowGate {
  private RowGate() {}

  /**
   * Gates a row: silu(a) · b of the two halves of 2 · width numbers.
   *
   * @param x the row begins at {@code from}
   * @param result width numbers from {@code at} on
   */
  public static void silu(float[] x, int from, int width, float[] result, int at) {
    RowKernels.require("silu");
    Call.require(
        from >= 0
            && width >= 0
            && at >= 0
            && from + 2L * width <= x.length
            && at + (long) width <= result.length,
        "silu",
        "width",
        width,
        "a row of " + x.length + " numbers and room of " + result.length);
    int i = 0;
    for (; i + Lanes.WIDTH <= width; i += Lanes.WIDTH) {
      FloatVector a = FloatVector.fromArray(Lanes.FLOATS, x, from + i);
      FloatVector b = FloatVector.fromArray(Lanes.FLOATS, x, from + width + i);
      silu(a).mul(b).intoArray(result, at + i);
    }
    if (i < width) {
      var some = Lanes.FLOATS.indexInRange(i, width);
      FloatVector a = FloatVector.fromArray(Lanes.FLOATS, x, from + i, some);
      FloatVector b = FloatVector.fromArray(Lanes.FLOATS, x, from + width + i, some);
      silu(a).mul(b).intoArray(result, at + i, some);
    }
  }

  private static FloatVector silu(FloatVector x) {
    return x.div(Lanes.exp(x.neg()).add(1f));
  }
}

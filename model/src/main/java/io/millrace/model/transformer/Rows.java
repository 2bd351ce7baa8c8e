package io.millrace.model.transformer;

import io.millrace.tensor.DType;
import io.millrace.tensor.Helpers;
import io.millrace.tensor.NarrowWeight;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Arithmetic of single rows in Java: for the few rows of a step that writes, calling a small
 * operator costs more than what it computes. A row's numbers do not depend on the rows beside it.
 */
final class Rows {
  private Rows() {}

  /** A normalization by the root mean square, with its weight at hand. */
  record Norm(float[] weight, double epsilon) {
    static Norm of(io.millrace.model.transformer.Norm.Layer layer) {
      return new Norm(floats(layer.weight()), layer.norm().epsilon());
    }

    /** Normalizes the first rows of one array into another. */
    void apply(float[] from, float[] to, int rows) {
      Helpers.each(rows, row -> apply(from, row * weight.length, to, row * weight.length));
    }

    /** Normalizes a row from one place to another, which may be the same. */
    void apply(float[] from, int at, float[] to, int start) {
      float scale =
          (float) (1 / Math.sqrt(squares(from, at, weight.length) / weight.length + epsilon));
      for (int i = 0; i < weight.length; i++) {
        to[start + i] = from[at + i] * scale * weight[i];
      }
    }
  }

  /** Four sums side by side, which a processor adds at once. */
  private static double squares(float[] values, int at, int count) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = 0;
    for (; i + 3 < count; i += 4) {
      a += values[at + i] * values[at + i];
      b += values[at + i + 1] * values[at + i + 1];
      c += values[at + i + 2] * values[at + i + 2];
      d += values[at + i + 3] * values[at + i + 3];
    }
    for (; i < count; i++) {
      a += values[at + i] * values[at + i];
    }
    return a + b + (c + d);
  }

  static float[] floats(Tensor tensor) {
    try (Scope scope = Scope.open()) {
      return tensor.to(DType.FLOAT32).toFloats();
    }
  }

  static float @Nullable [] floatsOrNone(@Nullable Tensor tensor) {
    return tensor == null ? null : floats(tensor);
  }

  /**
   * Turns heads one after another, halves against each other.
   *
   * @param waves cosines and sines of all rows, as many for each as a half has numbers
   */
  static void turn(float[] values, int at, int heads, int size, Waves waves, int row) {
    int half = waves.half;
    int wave = row * half;
    for (int head = 0; head < heads; head++) {
      int from = at + head * size;
      for (int i = 0; i < half; i++) {
        float a = values[from + i];
        float b = values[from + half + i];
        values[from + i] = a * waves.cos[wave + i] - b * waves.sin[wave + i];
        values[from + half + i] = b * waves.cos[wave + i] + a * waves.sin[wave + i];
      }
    }
  }

  /** Cosines and sines of the rows' positions, row after row. */
  record Waves(float[] cos, float[] sin, int half) {
    static Waves of(Rope.Rotation rotation) {
      return new Waves(
          floats(rotation.cos()), floats(rotation.sin()), (int) rotation.cos().size(-1));
    }
  }

  /** A product's matrix in few bits with its bias. */
  record Product(
      Projection projection, NarrowWeight weight, float @Nullable [] bias, int in, int out) {
    static Product of(Projection projection) {
      Tensor matrix = projection.weight();
      return new Product(
          projection,
          java.util.Objects.requireNonNull(projection.narrowed()),
          floatsOrNone(projection.bias()),
          (int) matrix.size(1),
          (int) matrix.size(0));
    }
  }
}

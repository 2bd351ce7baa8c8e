package io.millrace.train.language;

import io.millrace.tensor.DType;
import io.millrace.tensor.Tensor;
import java.util.Arrays;

/** Numbers of tensors by row. */
final class Rows {
  private Rows() {}

  /** [rows][columns] of a tensor [rows, ...]. */
  static float[][] of(Tensor tensor) {
    float[] all = tensor.detach().to(DType.FLOAT32).contiguous().toFloats();
    int rows = (int) tensor.size(0);
    int columns = all.length / rows;
    float[][] split = new float[rows][];
    for (int i = 0; i < rows; i++) {
      split[i] = Arrays.copyOfRange(all, i * columns, (i + 1) * columns);
    }
    return split;
  }

  /** Where the largest of some numbers stands. */
  static int largest(float[] values, int from, int to) {
    int best = from;
    for (int i = from + 1; i < to; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best - from;
  }

  /** Where the largest number stands. */
  static int largest(float[] values) {
    return largest(values, 0, values.length);
  }
}

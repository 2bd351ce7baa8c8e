package io.millrace.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Floats as whole numbers of eight bits, each row by a scale of its own. */
final class EightBits {
  /** The largest number of a row that is not zeros. */
  static final float LEAST = 1e-30f;

  private static final float MOST = 127;

  /** Rows that are turned at a time: what lies between stays in the processor's cache. */
  private static final long ROWS = 64;

  /** A float without its sign: as whole numbers these are ordered as the floats are. */
  private static final int UNSIGNED = Integer.MAX_VALUE;

  /** Added: what is left of the number is whole, and its last byte is wanted. */
  private static final float WHOLE = 12582912f;

  private EightBits() {}

  /**
   * @param weight floats [out, in]
   * @param scales takes the rows' scales
   * @param at from where on
   * @return int8 [out, in]: a number by its row's scale, rounded
   */
  static Tensor of(Tensor weight, float[] scales, int at) {
    long out = weight.size(0);
    int in = Math.toIntExact(weight.size(1));
    Tensor whole = Tensors.empty("int8", DType.INT8, Shape.of(out, in));
    Tensor wide = Tensors.empty("int8", DType.FLOAT32, Shape.of(Math.min(ROWS, out), in));
    Row row = new Row(in);
    for (long first = 0; first < out; first += ROWS) {
      long begin = first;
      long rows = Math.min(ROWS, out - first);
      try (Scope scope = Scope.open()) {
        wide.narrow(0, 0, rows).copyInPlace(weight.narrow(0, begin, rows));
      }
      Call.ask(
          "int8",
          List.of(wide, whole),
          h -> {
            MemorySegment from = Copies.memory(h[0], rows * in * Float.BYTES);
            MemorySegment to = Copies.memory(h[1], out * in).asSlice(begin * in, rows * in);
            for (int i = 0; i < rows; i++) {
              scales[at + (int) begin + i] = row.turn(from, to, i);
            }
            return true;
          });
    }
    return whole;
  }

  /** Room for a row, in loops that the compiler makes wide: with a number's bits it makes none. */
  private static final class Row {
    private final int[] bits;
    private final float[] numbers;
    private final byte[] steps;

    Row(int in) {
      bits = new int[in];
      numbers = new float[in];
      steps = new byte[in];
    }

    /** Turns a row and gives its scale back. */
    float turn(MemorySegment from, MemorySegment to, long row) {
      int in = bits.length;
      long start = row * in * Float.BYTES;
      MemorySegment.copy(from, ValueLayout.JAVA_INT, start, bits, 0, in);
      MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, start, numbers, 0, in);
      float most = Float.intBitsToFloat(largest(bits));
      boolean none = most < LEAST;
      round(numbers, none ? 0 : MOST / most, steps);
      MemorySegment.copy(steps, 0, to, ValueLayout.JAVA_BYTE, row * in, in);
      return none ? 1 : most / MOST;
    }
  }

  private static int largest(int[] bits) {
    int most = 0;
    for (int i = 0; i < bits.length; i++) {
      most = Math.max(most, bits[i] & UNSIGNED);
    }
    return most;
  }

  private static void round(float[] numbers, float by, byte[] steps) {
    for (int i = 0; i < steps.length; i++) {
      steps[i] = (byte) (int) (numbers[i] * by + WHOLE);
    }
  }
}

package io.millrace.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Floats as whole numbers of eight bits, each row by a scale of its own. */
final class EightBits {
  /** The largest number of a row that is not zeros. */
  static final float LEAST = 1e-30f;

  private static final float MOST = 127;

  /**
   * Numbers that are turned at a time: what lies between stays in the processor's cache, and
   * libtorch takes no helpers, of which each thread that packs would have its own.
   */
  private static final long AT_ONCE = 1 << 15;

  /** A float without its sign: as whole numbers these are ordered as the floats are. */
  private static final int UNSIGNED = Integer.MAX_VALUE;

  /** Added: what is left of the number is whole, and its last byte is wanted. */
  private static final float WHOLE = 12582912f;

  private EightBits() {}

  /**
   * Turns a matrix.
   *
   * @param weight floats [out, in]
   * @param to takes [out, in]: a number by its row's scale, rounded
   * @param scales takes the rows' scales
   * @param at from where on
   */
  static void turn(Tensor weight, MemorySegment to, float[] scales, int at) {
    long out = weight.size(0);
    int in = Math.toIntExact(weight.size(1));
    long step = Math.clamp(AT_ONCE / in, 1, out);
    Row row = new Row(in, 0);
    try (Scope scope = Scope.open()) {
      Tensor wide = Tensors.empty("int8", DType.FLOAT32, Shape.of(step, in));
      for (long begin = 0; begin < out; begin += step) {
        long rows = Math.min(step, out - begin);
        try (Scope some = Scope.open()) {
          wide.narrow(0, 0, rows).copyInPlace(weight.narrow(0, begin, rows));
        }
        MemorySegment part = to.asSlice(begin * in, rows * in);
        int first = at + (int) begin;
        wide.ask(
            "int8",
            h -> {
              MemorySegment from = Copies.memory(h, rows * in * Float.BYTES);
              for (int i = 0; i < rows; i++) {
                scales[first + i] = row.turn(from, part, i);
              }
              return true;
            });
      }
    }
  }

  /** Room for a row, in loops that the compiler makes wide: with a number's bits it makes none. */
  static final class Row {
    private final int zero;
    private final int[] bits;
    private final float[] numbers;
    private final byte[] steps;

    /**
     * @param zero what zero becomes
     */
    Row(int in, int zero) {
      this.zero = zero;
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
      round(numbers, none ? 0 : MOST / most, zero, steps);
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

  private static void round(float[] numbers, float by, int zero, byte[] steps) {
    for (int i = 0; i < steps.length; i++) {
      steps[i] = (byte) ((int) (numbers[i] * by + WHOLE) + zero);
    }
  }
}

package io.millrace.tensor;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Eight-bit products by MKL, which libtorch brings along: packed thirty times as quickly as by
 * libtorch, and eight rows in the time of one where the processor has tiles (docs/performance.md).
 * Rows of x become whole numbers from −127 to 127, moved up by 128 because MKL takes them without
 * sign; what that adds to each sum is known beforehand and taken away.
 */
final class Int8Mkl implements Int8Kernel {
  /** Sums of so many products, 255 · 127 each, are whole numbers of 32 bits. */
  private static final long LONGEST = 1 << 16;

  private static final int ZERO = 128;

  /** Results that a thread takes at once. */
  private static final int PIECE = 8192;

  private final Int8MklCalls.Packed packed;
  private final int in;
  private final int out;
  private final float[] scales;
  private final int[] added;

  private Int8Mkl(Int8MklCalls.Packed packed, int in, int out, float[] scales) {
    this.packed = packed;
    this.in = in;
    this.out = out;
    this.scales = scales;
    this.added = new int[out];
    product(1, x -> x.fill((byte) ZERO), y -> MemorySegment.copy(y, JAVA_INT, 0, added, 0, out));
  }

  /** Whether this is a processor and a matrix for it. */
  static boolean fits(Tensor weight) {
    return Int8MklCalls.areHere()
        && weight.size(1) <= LONGEST
        && weight.size(0) > 0
        && weight.size(0) <= Integer.MAX_VALUE - 8;
  }

  /**
   * @return nothing: there is no room for it, and {@link Int8Torch} asks for less
   */
  static Optional<Int8Mkl> of(Tensor weight) {
    int out = (int) weight.size(0);
    int in = (int) weight.size(1);
    float[] scales = new float[out];
    try (Scope scope = Scope.open()) {
      Tensor whole = Tensors.room(DType.INT8, out, in);
      Optional<Int8MklCalls.Packed> packed =
          whole.ask(
              "int8",
              h -> {
                MemorySegment memory = Copies.memory(h, (long) out * in);
                EightBits.turn(weight, memory, scales, 0);
                return Int8MklCalls.pack(memory, out, in);
              });
      return packed.map(one -> new Int8Mkl(one, in, out, scales));
    }
  }

  /**
   * Whole numbers times the matrix.
   *
   * @param x fills bytes without sign [rows, in]
   * @param y reads ints [rows, out]
   */
  private void product(int rows, Consumer<MemorySegment> x, Consumer<MemorySegment> y) {
    try (Scope scope = Scope.open()) {
      Tensor given = Tensors.empty("int8", DType.UINT8, Shape.of(rows, in));
      Tensor made = Tensors.empty("int8", DType.INT32, Shape.of(rows, out));
      Call.ask(
          "int8",
          List.of(given, made),
          h -> {
            MemorySegment from = Copies.memory(h[0], (long) rows * in);
            MemorySegment to = Copies.memory(h[1], (long) rows * out * Integer.BYTES);
            x.accept(from);
            packed.multiply(from, rows, to);
            y.accept(to);
            return true;
          });
    }
  }

  @Override
  public void multiply(float[] x, int rows, IntFunction<float[]> y, int stride) {
    float[] by = new float[rows];
    MemorySegment all = MemorySegment.ofArray(x);
    int pieces = Math.ceilDiv(out, PIECE);
    product(
        rows,
        from ->
            Helpers.each(rows, row -> by[row] = new EightBits.Row(in, ZERO).turn(all, from, row)),
        made ->
            Helpers.each(
                rows * pieces,
                part -> {
                  int row = part / pieces;
                  int first = part % pieces * PIECE;
                  take(made, row, first, by[row], y.apply(row), row * stride + first);
                }));
  }

  /**
   * Takes a piece of a row's result.
   *
   * @param first of the row's numbers
   * @param by the scale of the row of x
   * @param at where to
   */
  private void take(MemorySegment made, long row, int first, float by, float[] to, int at) {
    int count = Math.min(PIECE, out - first);
    int[] sums = new int[count];
    MemorySegment.copy(made, JAVA_INT, (row * out + first) * Integer.BYTES, sums, 0, count);
    for (int i = 0; i < count; i++) {
      to[at + i] = (sums[i] - added[first + i]) * (by * scales[first + i]);
    }
  }

  @Override
  public void close() {
    packed.close();
  }
}

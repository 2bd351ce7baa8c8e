package io.millrace.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;

/**
 * A matrix in eight bits, a scale for each row, for products with few rows: they are bound by
 * reading the matrix, and this is a quarter of float32. Rows of the other side are divided by their
 * largest number and turned to eight bits on the way; a further row of −1 and 1 keeps the kernel's
 * one scale for all rows the same, so that no row's result depends on another. The kernel's sums
 * are whole numbers, to which scales are applied here: it would read a matrix's scales one by one
 * while it packs (docs/decisions/0010).
 */
public final class Int8Weight implements NarrowWeight {
  /**
   * Rows that are packed as one at most, in pieces of half as many: the packer walks down columns,
   * and what it reads leaves the cache if they are longer.
   */
  private static final long TALL = 16_384;

  /** Without VNNI, sums of two products are kept in 16 bits, which seven-bit numbers fit. */
  private static final boolean WIDE_SUMS = Processor.says("vnni");

  private final OperatorHandle product = Boxed.find("quantized::linear_dynamic", "");
  private final List<IValue> packed = new ArrayList<>();
  private final long in;
  private final long out;
  private final Scope owner = Scope.shared();
  private final float[] scales;
  private final float[] endRow;
  private final Tensor ends;
  private final Tensor factors;
  private boolean closed;

  private Int8Weight(long in, float[] scales) {
    this.in = in;
    this.out = scales.length;
    this.scales = scales;
    this.endRow = new float[(int) in];
    endRow[0] = -1;
    endRow[1] = 1;
    this.ends = owner.adopt(Tensors.of(endRow, 1, in));
    this.factors = owner.adopt(Tensors.of(scales, 1, out));
  }

  /**
   * Packs a matrix.
   *
   * @param weight floats [out, in], in at least 2; rows of nothing but zeros, and of numbers under
   *     {@link EightBits#LEAST}, become zeros
   */
  public static Int8Weight of(Tensor weight) {
    Call.require(
        weight.rank() == 2 && weight.dtype().isFloating() && weight.size(1) > 1,
        "int8",
        "weight",
        weight.describe(),
        "floats [out, in], in at least 2");
    long out = weight.size(0);
    float[] scales = new float[Math.toIntExact(out)];
    List<IValue> packed = new ArrayList<>();
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      long piece = piece(out);
      for (long row = 0; row < out; row += piece) {
        try (Scope some = Scope.open()) {
          Tensor rows = weight.narrow(0, row, Math.min(piece, out - row));
          packed.add(packed(EightBits.of(rows, scales, (int) row)));
        }
      }
      Int8Weight made = new Int8Weight(weight.size(1), scales);
      made.packed.addAll(packed);
      return made;
    }
  }

  /** Rows of each piece but the last. */
  private static long piece(long out) {
    long pieces = out <= TALL ? 1 : Math.ceilDiv(out, TALL / 2);
    return Math.ceilDiv(out, pieces);
  }

  private static IValue packed(Tensor whole) {
    return Call.ask(
        "int8",
        List.of(whole),
        h -> {
          try (IValueVector stack = new IValueVector();
              IValue value = new IValue(h[0]);
              IValue scale = new IValue(1.0);
              IValue zero = new IValue(0L)) {
            stack.push_back(value);
            stack.push_back(scale);
            stack.push_back(zero);
            Boxed.find("aten::_make_per_tensor_quantized_tensor", "").callBoxed(stack);
            Boxed.pushNone(stack); // the bias
            Boxed.find("quantized::linear_prepack", "").callBoxed(stack);
            return new IValue(stack.get(0));
          }
        });
  }

  @Override
  public Tensor apply(Tensor x) {
    Call.require(
        !closed && x.dtype().isFloating() && x.rank() > 0 && x.size(x.rank() - 1) == in,
        "int8",
        "x",
        x.describe(),
        "floats [..., " + in + "] and a matrix that is not closed");
    Tensor rows = x.reshape(-1, in).to(DType.FLOAT32);
    Tensor most = rows.abs().amax(1).unsqueeze(1).clamp(1e-30, Float.MAX_VALUE);
    Tensor whole = Tensor.concat(List.of(rows.div(most), ends), 0);
    List<Tensor> parts =
        Call.many(
            "int8",
            List.of(whole),
            h ->
                packed.stream()
                    .map(one -> run(h[0], one))
                    .toArray(org.bytedeco.pytorch.Tensor[]::new));
    Tensor result = parts.size() == 1 ? parts.getFirst() : Tensor.concat(parts, 1);
    long[] sizes = x.shape().sizes();
    sizes[sizes.length - 1] = out;
    Tensor grown = most.mul(factors); // in this order, as rows are multiplied
    return result.narrow(0, 0, rows.size(0)).mul(grown).to(x.dtype()).reshape(sizes);
  }

  @Override
  public void multiply(float[] x, int rows, float[] y) {
    require(rows > 0 && x.length >= rows * in && y.length >= rows * out, rows);
    multiply(x, rows, row -> y, (int) out);
  }

  @Override
  public float[][] multiply(float[] x, int rows) {
    require(rows > 0 && x.length >= rows * in, rows);
    float[][] y = new float[rows][(int) out];
    multiply(x, rows, row -> y[row], 0);
    return y;
  }

  private void require(boolean holds, int rows) {
    Call.require(
        holds && !closed,
        "int8",
        "rows",
        rows,
        "rows of " + in + " and " + out + " numbers, and a matrix that is not closed");
  }

  /**
   * @param y the array that takes a row's result
   * @param stride from where on: row · stride
   */
  private void multiply(float[] x, int rows, IntFunction<float[]> y, int stride) {
    int wide = (int) in;
    float[] most = new float[rows];
    try (Scope scope = Scope.open()) {
      Tensor given = Tensors.empty("int8", DType.FLOAT32, Shape.of(rows + 1, in));
      given.ask(
          "int8",
          h -> {
            MemorySegment all = Copies.memory(h, (rows + 1) * in * Float.BYTES);
            Helpers.each(
                rows,
                row -> {
                  most[row] = shrink(x, row * wide, wide);
                  MemorySegment.copy(
                      x, row * wide, all, ValueLayout.JAVA_FLOAT, row * in * Float.BYTES, wide);
                });
            MemorySegment.copy(
                endRow, 0, all, ValueLayout.JAVA_FLOAT, rows * in * Float.BYTES, wide);
            if (packed.size() == 1) {
              try (org.bytedeco.pytorch.Tensor made = run(h, packed.getFirst())) {
                Helpers.each(
                    rows, row -> take(made, row, 0, most[row], y.apply(row), row * stride));
              }
            } else {
              // A piece is the work of one thread: all on one would wait at each one's end.
              int piece = (int) piece(out);
              Helpers.each(
                  packed.size(),
                  part -> {
                    try (org.bytedeco.pytorch.Tensor made = run(h, packed.get(part))) {
                      for (int row = 0; row < rows; row++) {
                        take(made, row, part * piece, most[row], y.apply(row), row * stride);
                      }
                    }
                  });
            }
            return true;
          });
    }
  }

  /**
   * Takes a row of a piece's result.
   *
   * @param from the first of the piece's rows
   * @param by the largest number of the row
   * @param at where the whole row begins
   */
  private void take(
      org.bytedeco.pytorch.Tensor made, long row, int from, float by, float[] to, int at) {
    int count = (int) Math.min(piece(out), out - from);
    MemorySegment all = Copies.memory(made, (row + 1) * count * Float.BYTES);
    MemorySegment.copy(
        all, ValueLayout.JAVA_FLOAT, row * count * Float.BYTES, to, at + from, count);
    grow(to, at + from, count, by, from);
  }

  private void grow(float[] values, int at, int count, float by, int from) {
    for (int i = 0; i < count; i++) {
      values[at + i] *= by * scales[from + i];
    }
  }

  /** Divides a row by its largest number, which is given back. */
  private static float shrink(float[] values, int at, int count) {
    float most = 1e-30f;
    for (int i = at; i < at + count; i++) {
      most = Math.max(most, Math.abs(values[i]));
    }
    float by = 1 / most;
    for (int i = at; i < at + count; i++) {
      values[i] *= by;
    }
    return most;
  }

  private org.bytedeco.pytorch.Tensor run(org.bytedeco.pytorch.Tensor x, IValue matrix) {
    try (IValueVector stack = new IValueVector();
        IValue input = new IValue(x)) {
      stack.push_back(input);
      stack.push_back(matrix);
      Boxed.push(stack, !WIDE_SUMS);
      product.callBoxed(stack);
      return Boxed.result(stack);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      packed.forEach(IValue::close);
      owner.close();
    }
  }
}

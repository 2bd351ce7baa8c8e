package io.millrace.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;

/**
 * A matrix in eight bits, a scale for each row, for products with few rows: they are bound by
 * reading the matrix, and this is a quarter of float32. Rows of the other side are divided by their
 * largest number and turned to eight bits on the way; a further row of −1 and 1 keeps the kernel's
 * one scale for all rows the same, so that no row's result depends on another
 * (docs/decisions/0010).
 */
public final class Int8Weight implements NarrowWeight {
  private static final double MOST = 127;
  private static final long ROWS = 256;

  /** Results that a thread takes at once. */
  private static final int PIECE = 1 << 15;

  /** Without VNNI, sums of two products are kept in 16 bits, which seven-bit numbers fit. */
  private static final boolean WIDE_SUMS = Processor.says("vnni");

  private final OperatorHandle product;
  private final IValue packed;
  private final long in;
  private final long out;
  private final Scope owner = Scope.shared();
  private final float[] endRow;
  private final Tensor ends;
  private boolean closed;

  private Int8Weight(OperatorHandle product, IValue packed, long in, long out) {
    this.product = product;
    this.packed = packed;
    this.in = in;
    this.out = out;
    this.endRow = new float[(int) in];
    endRow[0] = -1;
    endRow[1] = 1;
    this.ends = owner.adopt(Tensors.of(endRow, 1, in));
  }

  /**
   * Packs a matrix.
   *
   * @param weight floats [out, in], in at least 2; rows of zeros stay zeros
   */
  public static Int8Weight of(Tensor weight) {
    Call.require(
        weight.rank() == 2 && weight.dtype().isFloating() && weight.size(1) > 1,
        "int8",
        "weight",
        weight.describe(),
        "floats [out, in], in at least 2");
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      long out = weight.size(0);
      Tensor whole = Tensors.zeros(DType.INT8, out, weight.size(1));
      Tensor scales = Tensors.zeros(DType.FLOAT64, out);
      // A few rows at a time: what lies between stays in the processor's cache.
      for (long row = 0; row < out; row += ROWS) {
        try (Scope some = Scope.open()) {
          long rows = Math.min(ROWS, out - row);
          Tensor wide = weight.narrow(0, row, rows).to(DType.FLOAT32);
          Tensor most = wide.abs().amax(1).div(MOST);
          Tensor scale = most.eq(0).where(Tensors.ones(DType.FLOAT32, 1), most);
          Tensor steps = wide.div(scale.unsqueeze(1));
          Tensor near = Call.one("int8", steps, org.bytedeco.pytorch.Tensor::round);
          whole.narrow(0, row, rows).copyInPlace(near);
          scales.narrow(0, row, rows).copyInPlace(scale);
        }
      }
      Tensor zeros = Tensors.zeros(DType.INT64, out);
      IValue packed =
          Call.ask(
              "int8",
              List.of(whole, scales, zeros),
              h -> {
                try (IValueVector stack = new IValueVector()) {
                  for (org.bytedeco.pytorch.Tensor part : h) {
                    try (IValue value = new IValue(part)) {
                      stack.push_back(value);
                    }
                  }
                  try (IValue axis = new IValue(0L)) {
                    stack.push_back(axis);
                  }
                  Boxed.find("aten::_make_per_channel_quantized_tensor", "").callBoxed(stack);
                  Boxed.pushNone(stack); // the bias
                  Boxed.find("quantized::linear_prepack", "").callBoxed(stack);
                  return new IValue(stack.get(0));
                }
              });
      return new Int8Weight(
          Boxed.find("quantized::linear_dynamic", ""), packed, weight.size(1), out);
    }
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
    Tensor result = multiply(whole);
    long[] sizes = x.shape().sizes();
    sizes[sizes.length - 1] = result.size(1);
    return result.narrow(0, 0, rows.size(0)).mul(most).to(x.dtype()).reshape(sizes);
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
    int high = (int) out;
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
            try (org.bytedeco.pytorch.Tensor result = run(h)) {
              MemorySegment made = Copies.memory(result, rows * out * Float.BYTES);
              int pieces = Math.max(1, high / PIECE);
              Helpers.each(
                  rows * pieces,
                  part -> {
                    int row = part / pieces;
                    int from = (int) ((long) (part % pieces) * high / pieces);
                    int count = (int) ((long) (part % pieces + 1) * high / pieces) - from;
                    int at = row * stride + from;
                    float[] to = y.apply(row);
                    long first = (row * out + from) * Float.BYTES;
                    MemorySegment.copy(made, ValueLayout.JAVA_FLOAT, first, to, at, count);
                    grow(to, at, count, most[row]);
                  });
            }
            return true;
          });
    }
  }

  private static void grow(float[] values, int at, int count, float by) {
    for (int i = at; i < at + count; i++) {
      values[i] *= by;
    }
  }

  /** Divides a row by its largest number, which is given back. */
  private static float shrink(float[] values, int at, int count) {
    float most = 1e-30f;
    for (int i = at; i < at + count; i++) {
      most = Math.max(most, Math.abs(values[i]));
    }
    grow(values, at, count, 1 / most);
    return most;
  }

  private Tensor multiply(Tensor whole) {
    return Call.many("int8", List.of(whole), h -> new org.bytedeco.pytorch.Tensor[] {run(h[0])})
        .getFirst();
  }

  private org.bytedeco.pytorch.Tensor run(org.bytedeco.pytorch.Tensor x) {
    try (IValueVector stack = new IValueVector();
        IValue input = new IValue(x)) {
      stack.push_back(input);
      stack.push_back(packed);
      Boxed.push(stack, !WIDE_SUMS);
      product.callBoxed(stack);
      return Boxed.result(stack);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      packed.close();
      owner.close();
    }
  }
}

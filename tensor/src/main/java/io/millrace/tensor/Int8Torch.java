package io.millrace.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Eight-bit products by libtorch. Its kernel has one scale for all rows of x: they are divided by
 * their largest number, and a further row of −1 and 1 keeps that scale the same. The matrix's
 * scales are applied here, because the packer would read them one by one.
 */
final class Int8Torch implements Int8Kernel {
  /**
   * Rows that are packed as one at most, in pieces of half as many: the packer walks down columns,
   * and what it reads leaves the cache if they are longer.
   */
  private static final long TALL = 8192;

  /** Without VNNI, sums of two products are kept in 16 bits, which seven-bit numbers fit. */
  private static final boolean WIDE_SUMS = Processor.says("vnni");

  private final OperatorHandle product = Boxed.find("quantized::linear_dynamic", "");
  private final List<IValue> packed = new ArrayList<>();
  private final float[] scales;
  private final int in;
  private final int out;
  private final int piece;
  private final float[] endRow;

  private Int8Torch(int in, int out) {
    this.in = in;
    this.out = out;
    this.scales = new float[out];
    int pieces = out <= TALL ? 1 : Math.toIntExact(Math.ceilDiv(out, TALL / 2));
    this.piece = Math.ceilDiv(out, pieces);
    this.endRow = new float[in];
    endRow[0] = -1;
    endRow[1] = 1;
  }

  static Int8Torch of(Tensor weight) {
    int out = Math.toIntExact(weight.size(0));
    Int8Torch made = new Int8Torch(Math.toIntExact(weight.size(1)), out);
    for (int row = 0; row < out; row += made.piece) {
      try (Scope some = Scope.open()) {
        made.pack(weight.narrow(0, row, Math.min(made.piece, out - row)), row);
      }
    }
    return made;
  }

  private void pack(Tensor weight, int at) {
    long rows = weight.size(0);
    Engine.checkSize("int8", rows * in, DType.INT8);
    try (var options = new TensorOptions(torch.ScalarType.QInt8);
        var format = new MemoryFormatOptional();
        var whole =
            torch.torch__empty_affine_quantized(new long[] {rows, in}, options, 1, 0, format);
        IValueVector stack = new IValueVector();
        IValue value = new IValue(whole)) {
      EightBits.turn(weight, Copies.memory(whole, rows * in), scales, at);
      stack.push_back(value);
      Boxed.pushNone(stack); // the bias
      Boxed.find("quantized::linear_prepack", "").callBoxed(stack);
      packed.add(new IValue(stack.get(0)));
    }
  }

  @Override
  public void multiply(float[] x, int rows, IntFunction<float[]> y, int stride) {
    float[] most = new float[rows];
    try (Scope scope = Scope.open()) {
      Tensor given = Tensors.empty("int8", DType.FLOAT32, Shape.of(rows + 1, in));
      given.ask(
          "int8",
          h -> {
            MemorySegment all = Copies.memory(h, (rows + 1L) * in * Float.BYTES);
            Helpers.each(
                rows,
                row -> {
                  most[row] = shrink(x, row * in, in);
                  put(x, row * in, all, row);
                });
            put(endRow, 0, all, rows);
            if (packed.size() == 1) {
              try (org.bytedeco.pytorch.Tensor made = run(h, packed.getFirst())) {
                Helpers.each(
                    rows, row -> take(made, row, 0, most[row], y.apply(row), row * stride));
              }
            } else {
              // A piece is the work of one thread: all on one would wait at each one's end.
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

  private void put(float[] x, int at, MemorySegment to, long row) {
    MemorySegment.copy(x, at, to, ValueLayout.JAVA_FLOAT, row * in * Float.BYTES, in);
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
    int count = Math.min(piece, out - from);
    MemorySegment all = Copies.memory(made, (row + 1) * count * Float.BYTES);
    MemorySegment.copy(
        all, ValueLayout.JAVA_FLOAT, row * count * Float.BYTES, to, at + from, count);
    for (int i = 0; i < count; i++) {
      to[at + from + i] *= by * scales[from + i];
    }
  }

  /** Divides a row by its largest number, which is given back. */
  private static float shrink(float[] values, int at, int count) {
    float most = EightBits.LEAST;
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
    packed.forEach(IValue::close);
  }
}

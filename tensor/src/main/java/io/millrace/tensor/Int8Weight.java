package io.millrace.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
  private static final boolean WIDE_SUMS = hasWideSums();

  private final OperatorHandle product;
  private final IValue packed;
  private final long in;
  private final Scope owner = Scope.shared();
  private final Tensor ends;
  private boolean closed;

  private Int8Weight(OperatorHandle product, IValue packed, long in) {
    this.product = product;
    this.packed = packed;
    this.in = in;
    float[] row = new float[(int) in];
    row[0] = -1;
    row[1] = 1;
    this.ends = owner.adopt(Tensors.of(row, 1, in));
  }

  /** Without VNNI, sums of two products are kept in 16 bits, which seven-bit numbers fit. */
  private static boolean hasWideSums() {
    try {
      Path file = Path.of("/proc/cpuinfo");
      return Files.exists(file) && Files.readString(file).contains("vnni");
    } catch (IOException e) {
      return false;
    }
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
      return new Int8Weight(Boxed.find("quantized::linear_dynamic", ""), packed, weight.size(1));
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
    long[] sizes = x.shape().sizes().clone();
    sizes[sizes.length - 1] = result.size(1);
    return result.narrow(0, 0, rows.size(0)).mul(most).to(x.dtype()).reshape(sizes);
  }

  @Override
  public float[] room(int rows) {
    float[] room = new float[Math.toIntExact((rows + 1) * in)];
    room[Math.toIntExact(rows * in)] = -1;
    room[Math.toIntExact(rows * in + 1)] = 1;
    return room;
  }

  @Override
  public Tensor multiply(float[] room) {
    Call.require(
        !closed && room.length % in == 0,
        "int8",
        "room",
        room.length,
        "rows of " + in + " numbers and a matrix that is not closed");
    return multiply(Tensors.of(room, room.length / in, in));
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

package io.millrace.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;

/**
 * A matrix in four bits: each 32 numbers of a row become sixteen steps between their least and
 * their largest, as in GGUF's Q4_1. Activations and results are bfloat16, the only type for which
 * the kernel is quick (docs/performance.md).
 */
public final class Int4Weight implements NarrowWeight {
  private static final long GROUP = 32;

  /** Rows that the kernel packs together. */
  private static final long TILE = 16;

  private final OperatorHandle product = Boxed.find("aten::_weight_int4pack_mm_for_cpu", "");
  private final Scope owner = Scope.shared();
  private final Tensor packed;
  private final Tensor scales;
  private final long in;
  private final long out;
  private boolean closed;

  private Int4Weight(Tensor packed, Tensor scales, long in, long out) {
    this.packed = owner.adopt(packed);
    this.scales = owner.adopt(scales);
    this.in = in;
    this.out = out;
  }

  /** Whether a matrix is of whole groups and tiles. */
  public static boolean fits(Tensor weight) {
    return weight.rank() == 2
        && weight.dtype().isFloating()
        && weight.size(0) > 0
        && weight.size(0) % TILE == 0
        && weight.size(1) > 0
        && weight.size(1) % GROUP == 0;
  }

  /**
   * Packs a matrix.
   *
   * @param weight floats [out, in], out in multiples of 16, in of 32
   */
  public static Int4Weight of(Tensor weight) {
    Call.require(
        fits(weight),
        "int4",
        "weight",
        weight.describe(),
        "floats [out, in], multiples of " + TILE + " and " + GROUP);
    long out = weight.size(0);
    long in = weight.size(1);
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      Tensor groups = weight.to(DType.FLOAT32).reshape(out, in / GROUP, GROUP);
      Tensor least = groups.amin(2);
      // As the kernel will have them: what is rounded here is made up for by the steps.
      Tensor step =
          groups.amax(2).sub(least).div(15).clamp(1e-30, 1e30).to(DType.BFLOAT16).to(DType.FLOAT32);
      Tensor middle = least.add(step.mul(8)).to(DType.BFLOAT16).to(DType.FLOAT32);
      Tensor steps = groups.sub(middle.unsqueeze(2)).div(step.unsqueeze(2)).add(8.5).clamp(0, 15.9);
      Tensor scales =
          Tensor.stack(List.of(step, middle), 2).transpose(0, 1).contiguous().to(DType.BFLOAT16);
      return new Int4Weight(packed(steps.reshape(out, in).to(DType.INT32)), scales, in, out);
    }
  }

  private static Tensor packed(Tensor steps) {
    return Call.many(
            "int4",
            List.of(steps),
            h -> {
              try (IValueVector stack = new IValueVector();
                  IValue whole = new IValue(h[0]);
                  IValue tiles = new IValue(1L)) {
                stack.push_back(whole);
                stack.push_back(tiles);
                Boxed.find("aten::_convert_weight_to_int4pack_for_cpu", "").callBoxed(stack);
                return new org.bytedeco.pytorch.Tensor[] {Boxed.result(stack)};
              }
            })
        .getFirst();
  }

  @Override
  public Tensor apply(Tensor x) {
    require(
        x.dtype().isFloating() && x.rank() > 0 && x.size(x.rank() - 1) == in, "x", x.describe());
    Tensor result = multiply(x.reshape(-1, in).to(DType.BFLOAT16));
    long[] sizes = x.shape().sizes();
    sizes[sizes.length - 1] = result.size(1);
    return result.to(x.dtype()).reshape(sizes);
  }

  @Override
  public void multiply(float[] x, int rows, float[] y) {
    require(rows > 0 && x.length >= rows * in && y.length >= rows * out, "rows", rows);
    try (Scope scope = Scope.open()) {
      Tensor given =
          Copies.from(
                  MemorySegment.ofArray(x).asSlice(0, rows * in * Float.BYTES),
                  DType.FLOAT32,
                  Shape.of(rows, in))
              .to(DType.BFLOAT16);
      multiply(given)
          .to(DType.FLOAT32)
          .copyTo(MemorySegment.ofArray(y).asSlice(0, rows * out * Float.BYTES));
    }
  }

  @Override
  public float[][] multiply(float[] x, int rows) {
    require(rows > 0 && x.length >= rows * in, "rows", rows);
    int wide = Math.toIntExact(out);
    float[] all = new float[Math.multiplyExact(rows, wide)];
    multiply(x, rows, all);
    float[][] each = new float[rows][];
    Arrays.setAll(each, row -> Arrays.copyOfRange(all, row * wide, (row + 1) * wide));
    return each;
  }

  private void require(boolean holds, String name, Object value) {
    Call.require(
        holds && !closed,
        "int4",
        name,
        value,
        "floats in rows of " + in + " (results: " + out + ") and a matrix that is not closed");
  }

  private Tensor multiply(Tensor rows) {
    return Call.many(
            "int4",
            List.of(rows.contiguous(), packed, scales),
            h -> {
              try (IValueVector stack = new IValueVector();
                  IValue x = new IValue(h[0]);
                  IValue matrix = new IValue(h[1]);
                  IValue group = new IValue(GROUP);
                  IValue steps = new IValue(h[2])) {
                stack.push_back(x);
                stack.push_back(matrix);
                stack.push_back(group);
                stack.push_back(steps);
                product.callBoxed(stack);
                return new org.bytedeco.pytorch.Tensor[] {Boxed.result(stack)};
              }
            })
        .getFirst();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      owner.close();
    }
  }
}

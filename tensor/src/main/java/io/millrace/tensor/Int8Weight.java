package io.millrace.tensor;

import java.util.Optional;

/**
 * A matrix in eight bits, a scale for each row, for products with few rows: they are bound by
 * reading the matrix, and this is a quarter of float32. Rows of the other side are turned to eight
 * bits by their own largest number on the way; sums are whole numbers, so no row's result depends
 * on another (docs/decisions/0010).
 */
public final class Int8Weight implements NarrowWeight {
  private final Int8Kernel kernel;
  private final long in;
  private final long out;
  private boolean closed;

  private Int8Weight(Int8Kernel kernel, long in, long out) {
    this.kernel = kernel;
    this.in = in;
    this.out = out;
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
    try (Mode mode = Mode.noGradient()) {
      Optional<Int8Mkl> quick = Int8Mkl.fits(weight) ? Int8Mkl.of(weight) : Optional.empty();
      Int8Kernel kernel = quick.isPresent() ? quick.get() : Int8Torch.of(weight);
      return new Int8Weight(kernel, weight.size(1), weight.size(0));
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
    float[] numbers = x.to(DType.FLOAT32).toFloats();
    int rows = Math.toIntExact(numbers.length / in);
    float[] y = new float[Math.toIntExact(rows * out)];
    if (rows > 0) {
      multiply(numbers, rows, y);
    }
    long[] sizes = x.shape().sizes();
    sizes[sizes.length - 1] = out;
    return Tensors.of(y, sizes).to(x.dtype());
  }

  @Override
  public void multiply(float[] x, int rows, float[] y) {
    require(rows > 0 && x.length >= rows * in && y.length >= rows * out, rows);
    kernel.multiply(x, rows, row -> y, (int) out);
  }

  @Override
  public float[][] multiply(float[] x, int rows) {
    require(rows > 0 && x.length >= rows * in, rows);
    float[][] y = new float[rows][(int) out];
    kernel.multiply(x, rows, row -> y[row], 0);
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

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      kernel.close();
    }
  }
}

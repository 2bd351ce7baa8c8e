package io.millrace.tensor;

/**
 * A matrix in few bits for products with few rows, which are bound by reading it. No row's result
 * depends on the rows beside it, nor on how many there are.
 */
public sealed interface NarrowWeight extends AutoCloseable permits Int8Weight, Int4Weight {
  /** In how many bits. */
  enum Kind {
    /** Eight, a scale for each row. */
    INT8,
    /** Four, a scale and a middle for each 32 numbers; matrices that do not fit: eight. */
    INT4
  }

  /**
   * Packs a matrix.
   *
   * @param weight floats [out, in], in at least 2
   */
  static NarrowWeight of(Tensor weight, Kind kind) {
    return kind == Kind.INT4 && Int4Weight.fits(weight)
        ? Int4Weight.of(weight)
        : Int8Weight.of(weight);
  }

  /**
   * x · weightᵀ.
   *
   * @param x floats [..., in]
   * @return [..., out], of x's type
   */
  Tensor apply(Tensor x);

  /**
   * x · weightᵀ of some rows.
   *
   * @param x [rows · in] and maybe more; may be overwritten
   * @param y takes [rows · out]
   */
  void multiply(float[] x, int rows, float[] y);

  /**
   * x · weightᵀ of some rows, each in an array of its own.
   *
   * @param x [rows · in] and maybe more; may be overwritten
   * @return [rows][out]
   */
  float[][] multiply(float[] x, int rows);

  /** Frees the matrix. */
  @Override
  void close();
}

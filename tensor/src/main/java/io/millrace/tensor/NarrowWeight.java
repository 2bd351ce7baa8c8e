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

  /** Room for some rows, each of which must be divided by its largest number. */
  float[] room(int rows);

  /**
   * x · weightᵀ of rows that lie in a {@link #room}.
   *
   * @return float32 [at least rows, out]; further rows have no meaning
   */
  Tensor multiply(float[] room);

  /** Frees the matrix. */
  @Override
  void close();
}

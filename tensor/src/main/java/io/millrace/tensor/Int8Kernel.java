package io.millrace.tensor;

import java.util.function.IntFunction;

/** Products with a matrix in eight bits, which the rows are turned to as well. */
interface Int8Kernel extends AutoCloseable {
  /**
   * x · matrixᵀ.
   *
   * @param x [rows · in] and maybe more; may be overwritten
   * @param y the array that takes a row's result
   * @param stride from where on: row · stride
   */
  void multiply(float[] x, int rows, IntFunction<float[]> y, int stride);

  /** Frees the matrix; called once. */
  @Override
  void close();
}

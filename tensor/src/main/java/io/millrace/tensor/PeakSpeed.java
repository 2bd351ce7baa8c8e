package io.millrace.tensor;

/** How fast this machine multiplies at best, for telling how much of it a training uses. */
public final class PeakSpeed {
  private static final int SIZE = 1024;
  private static final int TRIES = 8;

  private PeakSpeed() {}

  /**
   * Floating-point operations a second in a product of two matrices of 1024 rows, the best of
   * eight. Takes some tenths of a second.
   *
   * @param type in which it is computed, float32 or bfloat16
   */
  public static double measure(DType type) {
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      Tensor one = Tensors.full(0.5, DType.FLOAT32, SIZE, SIZE).to(type);
      Tensor other = Tensors.full(0.25, DType.FLOAT32, SIZE, SIZE).to(type);
      double best = 0;
      for (int i = 0; i < TRIES; i++) {
        try (Scope inner = Scope.open()) {
          long start = System.nanoTime();
          one.matmul(other);
          best = Math.max(best, 2.0 * SIZE * SIZE * SIZE / ((System.nanoTime() - start) / 1e9));
        }
      }
      return best;
    }
  }
}

package io.millrace.tensor;

/**
 * Parts of a transformer for single rows, computed in Java with the processor's vectors ({@code
 * jdk.incubator.vector}): for the few rows of a step that writes, calling libtorch's operators
 * costs more than what they compute. No row's result depends on the rows beside it.
 */
public final class RowKernels {
  private RowKernels() {}

  /**
   * Whether this process has them: the module is there ({@code --add-modules jdk.incubator.vector})
   * and the processor computes eight or sixteen numbers at once.
   */
  public static boolean areHere() {
    return Here.WIDTH == 8 || Here.WIDTH == 16;
  }

  /** Whether {@link PagedRows} can read a memory of such numbers. */
  public static boolean fit(DType dtype, long size) {
    return areHere() && dtype == DType.BFLOAT16 && size > 0 && size % Here.WIDTH == 0;
  }

  /** Refuses a call where there are none. */
  static void require(String name) {
    Call.require(
        areHere(), name, "kernels", "none", "a start with --add-modules jdk.incubator.vector");
  }

  /** Asked once; without the module no class that needs it may be touched. */
  private static final class Here {
    static final int WIDTH =
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() ? Lanes.WIDTH : 0;
  }
}

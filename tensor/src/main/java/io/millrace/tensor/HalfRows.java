package io.millrace.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Objects;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A bfloat16 matrix times rows, straight from MKL, which libtorch brings along. For one row it
 * reads the weights at the memory's speed where libtorch's own ways reach four fifths of it
 * (docs/performance.md); for several, on Intel's processors, a row's bits do not depend on how many
 * there are, which oneDNN keeps there for short sums only (docs/decisions/0010). There where the
 * processor multiplies bfloat16 itself; elsewhere MKL would convert the weights first.
 */
final class HalfRows {
  private static final int ROW_MAJOR = 101;
  private static final int PLAIN = 111;
  private static final int TRANSPOSED = 112;
  private static final MemoryFormatOptional NO_FORMAT = new MemoryFormatOptional();
  private static final @Nullable MethodHandle PRODUCT = find();
  private static final boolean INTEL = Processor.says(Processor.INTEL);

  /** oneDNN's rows are alike for sums of so many numbers, and not for 1,024 (measured). */
  private static final long SHORT_SUMS = 960;

  private HalfRows() {}

  private static @Nullable MethodHandle find() {
    if (!Processor.says("avx512_bf16")) {
      return null;
    }
    // The library was loaded with libtorch, by the same class loader.
    return SymbolLookup.loaderLookup()
        .find("cblas_gemm_bf16bf16f32")
        .map(
            address ->
                Linker.nativeLinker()
                    .downcallHandle(
                        address,
                        FunctionDescriptor.ofVoid(
                            JAVA_INT,
                            JAVA_INT,
                            JAVA_INT,
                            JAVA_INT,
                            JAVA_INT,
                            JAVA_INT,
                            JAVA_FLOAT,
                            JAVA_LONG,
                            JAVA_INT,
                            JAVA_LONG,
                            JAVA_INT,
                            JAVA_FLOAT,
                            JAVA_LONG,
                            JAVA_INT)))
        .orElse(null);
  }

  /**
   * weight·x, by MKL if these are bfloat16 in one piece in main memory.
   *
   * @param weight [out, in]
   * @param x [in]
   * @return [out], float32 or the type of the arguments
   */
  static org.bytedeco.pytorch.Tensor product(
      org.bytedeco.pytorch.Tensor weight, org.bytedeco.pytorch.Tensor x) {
    if (!fits(weight) || !fits(x)) {
      return torch.mv(weight, x);
    }
    long out = weight.size(0);
    long in = weight.size(1);
    if (out == 0 || in == 0 || Math.max(in, out) > Integer.MAX_VALUE) {
      return torch.mv(weight, x);
    }
    try (var options = new TensorOptions(torch.ScalarType.Float)) {
      var y = torch.empty(new long[] {out}, options, NO_FORMAT);
      try (var to = y.data_ptr();
          var matrix = weight.data_ptr();
          var row = x.data_ptr()) {
        // The matrix's rows are the many, the one row is the column.
        call((int) out, 1, (int) in, matrix.address(), row.address(), to.address());
      }
      return y;
    }
  }

  /**
   * Whether {@link #products} is needed for rows to be alike and can be asked for: for long sums on
   * Intel's processors, without gradients. For short ones oneDNN is quicker, above all with tiles
   * (AMX).
   */
  static boolean areNeeded(org.bytedeco.pytorch.Tensor weight, org.bytedeco.pytorch.Tensor x) {
    return INTEL
        && fits(weight)
        && fits(x)
        && x.size(0) > 0
        && weight.size(0) > 0
        && weight.size(1) > SHORT_SUMS
        && Math.max(x.size(0), Math.max(weight.size(0), weight.size(1))) <= Integer.MAX_VALUE;
  }

  /**
   * x · weightᵀ.
   *
   * @param weight [out, in]
   * @param x [rows, in]
   * @return float32 [rows, out]
   */
  static org.bytedeco.pytorch.Tensor products(
      org.bytedeco.pytorch.Tensor weight, org.bytedeco.pytorch.Tensor x) {
    int rows = (int) x.size(0);
    int out = (int) weight.size(0);
    int in = (int) weight.size(1);
    try (var options = new TensorOptions(torch.ScalarType.Float)) {
      var y = torch.empty(new long[] {rows, out}, options, NO_FORMAT);
      try (var to = y.data_ptr();
          var matrix = weight.data_ptr();
          var given = x.data_ptr()) {
        call(rows, out, in, given.address(), matrix.address(), to.address());
      }
      return y;
    }
  }

  private static boolean fits(org.bytedeco.pytorch.Tensor x) {
    return PRODUCT != null
        && x.scalar_type().value == torch.ScalarType.BFloat16.value
        && x.is_cpu()
        && x.is_contiguous()
        && !(x.requires_grad() && GradMode.is_enabled());
  }

  /** to [m, n] = a [m, k] · b [n, k]ᵀ. */
  private static void call(int m, int n, int k, long a, long b, long to) {
    MethodHandle product = Objects.requireNonNull(PRODUCT);
    try {
      product.invokeExact(ROW_MAJOR, PLAIN, TRANSPOSED, m, n, k, 1f, a, k, b, k, 0f, to, n);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}

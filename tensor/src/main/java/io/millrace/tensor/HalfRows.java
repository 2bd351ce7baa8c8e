package io.millrace.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
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
    return Natives.function(
        SymbolLookup.loaderLookup(),
        "cblas_gemm_bf16bf16f32",
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
            JAVA_INT));
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
    if (!fit(weight, x)) {
      return torch.mv(weight, x);
    }
    long out = weight.size(0);
    // The matrix's rows are the many, the one row is the column.
    return call(weight, x, out, 1, x.size(0), out);
  }

  /**
   * Whether rows of such sums are only alike by {@link #products}: long ones on Intel's processors.
   * For short ones oneDNN is quicker, above all with tiles (AMX).
   */
  static boolean areNeeded(long in) {
    return INTEL && PRODUCT != null && in > SHORT_SUMS;
  }

  /** Whether MKL can be asked: bfloat16 in one piece in main memory, without gradients. */
  static boolean fit(org.bytedeco.pytorch.Tensor weight, org.bytedeco.pytorch.Tensor x) {
    return fits(weight)
        && fits(x)
        && x.size(0) > 0
        && weight.size(0) > 0
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
    long rows = x.size(0);
    long out = weight.size(0);
    return call(x, weight, rows, out, weight.size(1), rows, out);
  }

  private static boolean fits(org.bytedeco.pytorch.Tensor x) {
    return PRODUCT != null
        && x.scalar_type().value == torch.ScalarType.BFloat16.value
        && x.is_cpu()
        && x.is_contiguous()
        && !(x.requires_grad() && GradMode.is_enabled());
  }

  /** a [m, k] · b [n, k]ᵀ, in a new tensor of m · n numbers. */
  private static org.bytedeco.pytorch.Tensor call(
      org.bytedeco.pytorch.Tensor a,
      org.bytedeco.pytorch.Tensor b,
      long m,
      long n,
      long k,
      long... sizes) {
    MethodHandle product = Objects.requireNonNull(PRODUCT);
    try (var options = new TensorOptions(torch.ScalarType.Float)) {
      var y = torch.empty(sizes, options, NO_FORMAT);
      try (var first = a.data_ptr();
          var second = b.data_ptr();
          var to = y.data_ptr()) {
        long one = first.address();
        long other = second.address();
        int in = (int) k;
        product.invokeExact(
            ROW_MAJOR,
            PLAIN,
            TRANSPOSED,
            (int) m,
            (int) n,
            in,
            1f,
            one,
            in,
            other,
            in,
            0f,
            to.address(),
            (int) n);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
      return y;
    }
  }
}

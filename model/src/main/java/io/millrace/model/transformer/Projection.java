package io.millrace.model.transformer;

import io.millrace.tensor.DType;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A product with a weight matrix.
 *
 * @param weight [out, in]
 * @param bias [out] or absent
 */
public record Projection(Tensor weight, @Nullable Tensor bias) {
  /** Takes {@code weight} and, if so, {@code bias}, whose rows are pieces joined. */
  public static Projection of(Source source, boolean bias, long in, long... parts) {
    return new Projection(
        source.joined("weight", parts, in), bias ? source.joined("bias", parts) : null);
  }

  /**
   * x [..., in] to [..., out].
   *
   * <p>A single row of half precision is bound by reading the weights, and the general kernel reads
   * them at two thirds of the memory's speed; the one for a matrix and a vector reads at nearly
   * full speed (docs/performance.md).
   */
  public Tensor apply(Tensor x) {
    if (x.elements() == weight.size(1)
        && x.dtype() == DType.BFLOAT16
        && weight.dtype() == x.dtype()) {
      long[] sizes = x.shape().sizes().clone();
      sizes[sizes.length - 1] = weight.size(0);
      return Neural.row(x.reshape(weight.size(1)), weight, bias).reshape(sizes);
    }
    return bias == null ? Neural.linear(x, weight) : Neural.linear(x, weight, bias);
  }
}

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
   * them at two thirds of the memory's speed. Two equal columns instead of one take a kernel that
   * reads at nearly full speed, unless there are far more inputs than outputs
   * (docs/performance.md).
   */
  public Tensor apply(Tensor x) {
    long in = weight.size(1);
    long out = weight.size(0);
    if (x.elements() == in && x.dtype() == DType.BFLOAT16 && weight.dtype() == x.dtype()) {
      Tensor product;
      if (in > 2 * out) {
        product = Neural.linear(x.reshape(1, in), weight);
      } else {
        product = weight.matmul(x.reshape(in, 1).expand(in, 2)).select(1, 0);
      }
      long[] sizes = x.shape().sizes().clone();
      sizes[sizes.length - 1] = out;
      Tensor whole = product.reshape(sizes);
      return bias == null ? whole : whole.add(bias);
    }
    return bias == null ? Neural.linear(x, weight) : Neural.linear(x, weight, bias);
  }
}

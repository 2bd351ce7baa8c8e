package io.millrace.model.transformer;

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

  /** x [..., in] to [..., out]. */
  public Tensor apply(Tensor x) {
    return bias == null ? Neural.linear(x, weight) : Neural.linear(x, weight, bias);
  }
}

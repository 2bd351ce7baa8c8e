package io.millrace.model.transformer;

import io.millrace.tensor.DType;
import io.millrace.tensor.Normalization;
import io.millrace.tensor.Operators;
import io.millrace.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which normalization, over the last dimension.
 *
 * @param epsilon added to the variance or mean square
 */
public record Norm(Kind kind, double epsilon) {
  /** The formulas in use. */
  public enum Kind {
    /** Mean 0, deviation 1, weight and bias (Ba et al. 2016). */
    LAYER,
    /** x / root mean square, times weight (Zhang & Sennrich 2019). */
    RMS,
    /** As {@link #RMS}, times 1 + weight, as in Gemma. */
    RMS_ONE_PLUS
  }

  /**
   * The normalization with its weights, {@code weight} and, of {@link Kind#LAYER}, {@code bias}.
   */
  public Layer build(Source source, long size) {
    double start = kind == Kind.RMS_ONE_PLUS ? 0 : 1;
    return new Layer(
        this,
        source.around("weight", start, size),
        kind == Kind.LAYER ? source.around("bias", 0, size) : null);
  }

  /** A normalization with weights. */
  public record Layer(Norm norm, Tensor weight, @Nullable Tensor bias) {
    /** One over the root mean square of each row, float32 [..., 1]: half the passes over x. */
    private Tensor factors(Tensor x) {
      Tensor length =
          (Tensor)
              Objects.requireNonNull(
                  Operators.call("aten::linalg_vector_norm", x, 2, List.of(-1), true, DType.FLOAT32)
                      .getFirst());
      return length.square().div(x.size(-1)).add(norm.epsilon).pow(-0.5);
    }

    private boolean tracks(Tensor x) {
      return x.tracksGradient() || weight.tracksGradient();
    }

    /**
     * One over the root mean square of a single row, worked out here: for one token the dozen small
     * operators of the general way cost more than the product that follows.
     */
    private double scale(Tensor x) {
      float[] values = x.toFloats();
      double sum = 0;
      for (float value : values) {
        sum += (double) value * value;
      }
      return 1 / Math.sqrt(sum / values.length + norm.epsilon);
    }

    /** x [..., size], normalized; in half precision the sums are made in float32. */
    public Tensor apply(Tensor x) {
      boolean half = x.dtype() != DType.FLOAT32 && x.dtype() != DType.FLOAT64;
      if (half && norm.kind == Kind.RMS && x.elements() == weight.elements() && !tracks(x)) {
        return x.mul(scale(x)).mul(weight);
      }
      return switch (norm.kind) {
        case LAYER -> Normalization.layer(x, weight, bias, norm.epsilon);
        // The weight comes after the rounding, as in the reference implementation.
        case RMS ->
            half
                ? x.mul(factors(x)).to(x.dtype()).mul(weight)
                : Normalization.rootMeanSquare(x, weight, norm.epsilon);
        case RMS_ONE_PLUS ->
            half
                ? Normalization.rootMeanSquare(
                        x.to(DType.FLOAT32), weight.to(DType.FLOAT32).add(1), norm.epsilon)
                    .to(x.dtype())
                : Normalization.rootMeanSquare(x, weight.add(1), norm.epsilon);
      };
    }
  }
}

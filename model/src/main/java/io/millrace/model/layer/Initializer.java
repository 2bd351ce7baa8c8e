package io.millrace.model.layer;

import io.millrace.tensor.Operators;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.Objects;

/** How fresh weights are drawn; definitions and constants are Keras's. */
public enum Initializer {
  /** Glorot & Bengio 2010. */
  GLOROT_UNIFORM,
  GLOROT_NORMAL,
  /** He et al. 2015, for rectifiers. */
  HE_UNIFORM,
  HE_NORMAL,
  /** LeCun et al. 1998. */
  LECUN_UNIFORM,
  LECUN_NORMAL,
  /** Orthogonal rows or columns (Saxe et al. 2014). */
  ORTHOGONAL,
  /** From −0.05 to 0.05. */
  RANDOM_UNIFORM,
  /** Deviation 0.05. */
  RANDOM_NORMAL,
  /** Deviation 0.05, none beyond two deviations. */
  TRUNCATED_NORMAL,
  ZEROS,
  ONES;

  private static final double SMALL = 0.05;

  /** The deviation of a normal distribution that is cut at two deviations. */
  private static final double CUT_DEVIATION = 0.87962566103423978;

  /** The share of a normal distribution within two deviations. */
  private static final double WITHIN_TWO = 0.9544997361036416;

  /**
   * Draws.
   *
   * @param in inputs that meet in one output
   * @param out outputs that one input reaches
   */
  public Tensor draw(long in, long out, long... sizes) {
    double both = (in + out) / 2.0;
    return switch (this) {
      case GLOROT_UNIFORM -> uniform(both, sizes);
      case GLOROT_NORMAL -> normal(both, sizes);
      case HE_UNIFORM -> uniform(in / 2.0, sizes);
      case HE_NORMAL -> normal(in / 2.0, sizes);
      case LECUN_UNIFORM -> uniform(in, sizes);
      case LECUN_NORMAL -> normal(in, sizes);
      case ORTHOGONAL -> orthogonal(sizes);
      case RANDOM_UNIFORM -> Tensors.uniform(-SMALL, SMALL, sizes);
      case RANDOM_NORMAL -> Tensors.normal(sizes).mulInPlace(SMALL);
      case TRUNCATED_NORMAL -> truncated(SMALL, sizes);
      case ZEROS -> Tensors.zeros(io.millrace.tensor.DType.FLOAT32, sizes);
      case ONES -> Tensors.ones(io.millrace.tensor.DType.FLOAT32, sizes);
    };
  }

  private static Tensor uniform(double fan, long... sizes) {
    double bound = Math.sqrt(3 / fan);
    return Tensors.uniform(-bound, bound, sizes);
  }

  private static Tensor normal(double fan, long... sizes) {
    return truncated(Math.sqrt(1 / fan) / CUT_DEVIATION, sizes);
  }

  /** By the inverse of the distribution function, so that one draw an element is enough. */
  private static Tensor truncated(double deviation, long... sizes) {
    Tensor even = Tensors.uniform(-WITHIN_TWO, WITHIN_TWO, sizes);
    Tensor draws = (Tensor) Objects.requireNonNull(Operators.call("aten::erfinv", even).getFirst());
    return draws.mulInPlace(Math.sqrt(2) * deviation);
  }

  private static Tensor orthogonal(long... sizes) {
    long rows = sizes[0];
    long columns = Shape.of(sizes).elements() / rows;
    Tensor draws = Tensors.normal(Math.max(rows, columns), Math.min(rows, columns));
    var factors = Operators.call("aten::linalg_qr", draws);
    Tensor q = (Tensor) Objects.requireNonNull(factors.get(0));
    Tensor r = (Tensor) Objects.requireNonNull(factors.get(1));
    Tensor diagonal =
        (Tensor) Objects.requireNonNull(Operators.call("aten::diagonal", r).getFirst());
    Tensor unique = q.mul(diagonal.sign());
    return (rows < columns ? unique.transpose(0, 1) : unique).reshape(sizes).contiguous();
  }
}

package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.tensor.Shape;

/**
 * Every number times {@code scale} plus {@code offset}; what brings outputs that were learned at
 * another scale back to their unit.
 *
 * @param scale the factor
 * @param offset added afterwards
 */
public record Rescaling(double scale, @Default("0") double offset) implements LayerSpec {
  @Override
  public Shape output(Shape input) {
    return input;
  }

  @Override
  public Layer build(Shape input, Weights weights) {
    return (x, pass) -> x.mul(scale).add(offset);
  }
}

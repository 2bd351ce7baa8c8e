package io.millrace.model.layer;

import io.millrace.tensor.Shape;

/** Makes one long vector of each row: [batch, a, b] becomes [batch, a·b]. */
public record Flatten() implements LayerSpec {
  @Override
  public Shape output(Shape input) {
    return Shape.of(input.elements());
  }

  @Override
  public Layer build(Shape input, Weights weights) {
    return (x, pass) -> x.rank() == 2 ? x : x.reshape(x.size(0), -1);
  }
}

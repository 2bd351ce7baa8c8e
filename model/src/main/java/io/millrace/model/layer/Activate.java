package io.millrace.model.layer;

import io.millrace.ground.spec.Key;
import io.millrace.tensor.Shape;

/**
 * An activation as a layer of its own.
 *
 * @param activation which
 */
@Key("activation")
public record Activate(@Key("function") Activation activation) implements LayerSpec {
  @Override
  public Shape output(Shape input) {
    return input;
  }

  @Override
  public Layer build(Shape input, Weights weights) {
    return (x, pass) -> x;
  }

  @Override
  public String kind() {
    return "Activation";
  }
}

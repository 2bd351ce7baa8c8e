package io.millrace.model.layer;

import io.millrace.tensor.Shape;
import java.util.List;

/** What is said about a layer that joins several inputs; in a sequence it gets one. */
public interface JoinSpec extends LayerSpec {
  /**
   * The shape of one output row for these input rows.
   *
   * @throws io.millrace.model.ModelException if they do not fit
   */
  Shape output(List<Shape> inputs);

  /** Makes the layer with fresh weights. */
  Layer.Joining join(List<Shape> inputs, Weights weights);

  @Override
  default Shape output(Shape input) {
    return output(List.of(input));
  }

  @Override
  default Layer build(Shape input, Weights weights) {
    Layer.Joining joining = join(List.of(input), weights);
    return (x, pass) -> joining.forward(List.of(x), pass);
  }
}

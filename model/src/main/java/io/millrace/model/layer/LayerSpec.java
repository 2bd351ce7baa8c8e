package io.millrace.model.layer;

import io.millrace.ground.spec.OneOf;
import io.millrace.tensor.Shape;

/**
 * What is said about a layer before it has weights. Implement it to bring a layer of your own: a
 * record with the settings, {@link #output} for the check at build time, {@link #build} for the
 * weights.
 */
@OneOf({Dense.class, Dropout.class, Flatten.class, Activate.class})
public interface LayerSpec {
  /**
   * The shape of one output row for one input row, without the batch dimension.
   *
   * @throws io.millrace.model.ModelException if the input does not fit
   */
  Shape output(Shape input);

  /** Makes the layer with fresh weights. */
  Layer build(Shape input, Weights weights);

  /** The activation at the layer's end, {@link Activation#LINEAR} for none. */
  default Activation activation() {
    return Activation.LINEAR;
  }

  /** The name in summaries, for example {@code Dense}. */
  default String kind() {
    return getClass().getSimpleName();
  }

  /** Multiplications for one input row, for the choice of threads. */
  default double operations(Shape input) {
    return input.elements();
  }
}

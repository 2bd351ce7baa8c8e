package io.millrace.model.layer;

import io.millrace.tensor.Tensor;

/** Where a layer gets its weights from: a network that is being built. */
public interface Weights {
  /**
   * A trainable weight of this layer.
   *
   * @param name unique in the layer, for example {@code weight}
   * @param in the number of inputs that meet in one output
   * @param out the number of outputs that one input reaches
   */
  Tensor fresh(String name, Initializer initializer, long in, long out, long... sizes);

  /** A trainable weight of this layer, all of one value. */
  Tensor constant(String name, double value, long... sizes);

  /** Numbers that are saved with the weights but not trained: running statistics. */
  Tensor buffer(String name, double value, long... sizes);

  /** Numbers that live as long as the network and are not saved. */
  Tensor own(Tensor tensor);

  /** Where a layer inside this one gets its weights from; their names begin with {@code name}. */
  Weights inside(String name);

  /** A trainable weight, fresh from Glorot's uniform distribution, Keras's default. */
  default Tensor glorot(String name, long in, long out, long... sizes) {
    return fresh(name, Initializer.GLOROT_UNIFORM, in, out, sizes);
  }

  /** A trainable weight, all zeros. */
  default Tensor zeros(String name, long... sizes) {
    return constant(name, 0, sizes);
  }
}

package io.millrace.model.layer;

import io.millrace.tensor.Tensor;

/** Where a layer gets its weights from: a network that is being built. */
public interface Weights {
  /**
   * A trainable weight of this layer, fresh from Glorot's uniform distribution (Glorot & Bengio
   * 2010), Keras's default: bounded by √(6 / (in + out)).
   *
   * @param name unique in the layer, for example {@code weight}
   * @param in the number of inputs that meet in one output
   * @param out the number of outputs that one input reaches
   */
  Tensor glorot(String name, long in, long out, long... sizes);

  /** A trainable weight of this layer, all zeros. */
  Tensor zeros(String name, long... sizes);
}

package io.millrace.model.layer;

import io.millrace.tensor.Tensor;

/** A layer with weights. */
public interface Layer {
  /** How a pass through the network is meant. */
  enum Pass {
    /** Dropout drops, statistics are learned. */
    TRAINING,
    /** The same output for the same input. */
    INFERENCE
  }

  /**
   * The layer's output without its {@link LayerSpec#activation}.
   *
   * @param x [batch, …]
   */
  Tensor forward(Tensor x, Pass pass);
}

package io.millrace.model.layer;

import io.millrace.tensor.Tensor;
import java.util.List;

/** A layer with weights. */
public interface Layer {
  /** How a pass through the network is meant. */
  enum Pass {
    /** Dropout drops, statistics are learned. */
    TRAINING,
    /**
     * As {@link #TRAINING}, but a repetition of a pass that was already made (gradient
     * checkpointing): nothing is learned a second time.
     */
    REPEATED,
    /** The same output for the same input. */
    INFERENCE;

    /** Whether dropout drops and a batch's own statistics count. */
    public boolean isTraining() {
      return this != INFERENCE;
    }
  }

  /**
   * The layer's output without its {@link LayerSpec#activation}.
   *
   * @param x [batch, …]
   */
  Tensor forward(Tensor x, Pass pass);

  /** Forgets what a stateful layer remembers from earlier batches. */
  default void reset() {}

  /** A layer that joins several inputs. */
  interface Joining {
    /** The output for inputs in the order of the description. */
    Tensor forward(List<Tensor> inputs, Pass pass);
  }
}

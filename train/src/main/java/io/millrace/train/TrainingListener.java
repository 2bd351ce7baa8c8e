package io.millrace.train;

import io.millrace.tensor.Tensor;
import java.util.Map;

/**
 * Is told how training goes, on the training thread. One that throws is reported and left out from
 * then on.
 */
public interface TrainingListener {
  /** Training begins, or continues from a checkpoint. */
  default void started(Training training) {}

  /** A step is done. */
  default void stepped(Training training) {}

  /** An epoch is done, its validation included. */
  default void finished(Training training, History.Epoch epoch) {}

  /** Training was asked to end now; what is saved here can be resumed. */
  default void interrupted(Training training) {}

  /** Training has ended, well or not. */
  default void ended(Training training) {}

  /** Whether it is told after all others: what saves a state that they change must be. */
  default boolean isLast() {
    return false;
  }

  /** What this listener must remember across an interruption; kept in checkpoints. */
  default Map<String, Tensor> state() {
    return Map.of();
  }

  /** Takes over what {@link #state} gave; the tensors close soon after. */
  default void restore(Map<String, Tensor> state) {}
}

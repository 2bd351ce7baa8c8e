package io.millrace.train.optimizer;

import io.millrace.tensor.Tensor;
import java.util.Map;

/** Changes weights by their gradients. */
public interface Optimizer extends AutoCloseable {
  /** One step with the gradients that {@code backward} left, which are then forgotten. */
  void step();

  /**
   * All that a step depends on besides weights and gradients, by name; the tensors are live and
   * belong to the optimizer.
   */
  Map<String, Tensor> state();

  /**
   * Takes over a saved {@link #state}.
   *
   * @throws io.millrace.train.TrainException if a name or shape does not fit
   */
  void restore(Map<String, Tensor> state);

  /** The step length. */
  double rate();

  /** Changes the step length from the next step on. */
  void rate(double rate);

  @Override
  void close();
}

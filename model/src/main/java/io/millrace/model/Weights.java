package io.millrace.model;

import io.millrace.tensor.Tensor;
import java.util.Map;

/** Weights under training: a network's, a folder's, an adapter's. */
public interface Weights {
  /** The weights that training changes, by name. */
  Map<String, Tensor> parameters();

  /** All that must be kept to come back to where they are: weights and statistics, by name. */
  Map<String, Tensor> state();

  /**
   * Takes over a saved {@link #state}.
   *
   * @throws ModelException if a name is missing, surplus or of another shape
   */
  void load(Map<String, Tensor> state);
}

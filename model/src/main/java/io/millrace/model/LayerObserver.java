package io.millrace.model;

import io.millrace.tensor.Tensor;

/** Is told about every layer of a pass, in the order of the work. */
public interface LayerObserver {
  /**
   * A layer is done.
   *
   * @param output before its activation
   */
  void finished(Plan.Step step, Tensor output);
}

package io.millrace.model.transformer;

import io.millrace.tensor.Tensor;

/**
 * What a model keeps of the tokens that it has read, so that each new one costs one step. Belongs
 * to one generation and to the model that made it; close it.
 */
public interface Cache extends AutoCloseable {
  /** How many tokens were read. */
  long length();

  /**
   * Puts the rows of the batch in another order; rows may repeat.
   *
   * @param rows int64 [new batch]
   */
  void reorder(Tensor rows);

  @Override
  void close();
}

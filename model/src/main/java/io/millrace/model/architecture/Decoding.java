package io.millrace.model.architecture;

import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Cache;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What generation needs of a model: states for tokens, with a cache, and scores for the next. */
public interface Decoding {
  /** Whether it has a head that says tokens. */
  default boolean generates() {
    return true;
  }

  /** An empty cache that grows as tokens come. */
  Cache cache();

  /** How many tokens fit, prompt and answer together. */
  long context();

  /** How many tokens there are to choose from. */
  int vocabulary();

  /**
   * The states after the last block.
   *
   * @param ids int64 [batch, time], the tokens that the cache does not hold yet
   * @param memory the encoder's states; absent in models without
   * @return [batch, time, hidden]
   */
  Tensor states(
      Tensor ids,
      Stack.Places places,
      @Nullable Cache cache,
      Stack.@Nullable Memory memory,
      Layer.Pass pass);

  /** The state after the last block of the last place alone, [batch, 1, hidden]. */
  Tensor lastState(
      Tensor ids, Stack.Places places, @Nullable Cache cache, Stack.@Nullable Memory memory);

  /** The scores of every token of the vocabulary: [..., vocabulary] for states [..., hidden]. */
  Tensor logits(Tensor states);
}

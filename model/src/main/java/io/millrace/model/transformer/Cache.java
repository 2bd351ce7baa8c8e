package io.millrace.model.transformer;

import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of the tokens that a model has read, so that each new one costs one step. Layers
 * that look back a window only keep no more than that. Belongs to one generation; close it.
 */
public final class Cache implements AutoCloseable {
  private final Scope owner = Scope.shared();
  private final List<KeyValues> layers = new ArrayList<>();
  private long length;

  private Cache(Stack stack, @Nullable Long limit) {
    for (BlockSpec block : stack.spec().blocks()) {
      layers.add(new KeyValues(owner, block.attention().window(), limit));
    }
  }

  /** Grows as tokens come. */
  public static Cache growing(Stack stack) {
    return new Cache(stack, null);
  }

  /** Takes its whole room at the first step; more than {@code limit} tokens are refused. */
  public static Cache fixed(Stack stack, long limit) {
    return new Cache(stack, limit);
  }

  /** How many tokens were read. */
  public long length() {
    return length;
  }

  KeyValues layer(int index) {
    return layers.get(index);
  }

  void advance(long tokens) {
    length += tokens;
  }

  /**
   * Puts the rows of the batch in another order; rows may repeat.
   *
   * @param rows int64 [new batch]
   */
  public void reorder(Tensor rows) {
    layers.forEach(layer -> layer.reorder(rows));
  }

  @Override
  public void close() {
    owner.close();
  }
}

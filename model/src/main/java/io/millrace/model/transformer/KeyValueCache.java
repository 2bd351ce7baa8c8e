package io.millrace.model.transformer;

import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of earlier tokens. Layers that look back a window only keep no more than that.
 */
public final class KeyValueCache implements Cache {
  private final Scope owner = Scope.shared();
  private final List<KeyValues> layers = new ArrayList<>();
  private long length;

  private KeyValueCache(Stack stack, @Nullable Long limit) {
    for (BlockSpec block : stack.spec().blocks()) {
      layers.add(new KeyValues(owner, block.attention().window(), limit));
    }
  }

  /** Grows as tokens come. */
  public static KeyValueCache growing(Stack stack) {
    return new KeyValueCache(stack, null);
  }

  /** Takes its whole room at the first step; more than {@code limit} tokens are refused. */
  public static KeyValueCache fixed(Stack stack, long limit) {
    return new KeyValueCache(stack, limit);
  }

  @Override
  public long length() {
    return length;
  }

  KeyValues layer(int index) {
    return layers.get(index);
  }

  void advance(long tokens) {
    length += tokens;
  }

  @Override
  public void reorder(Tensor rows) {
    layers.forEach(layer -> layer.reorder(rows));
  }

  @Override
  public void close() {
    owner.close();
  }
}

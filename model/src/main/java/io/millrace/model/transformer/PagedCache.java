package io.millrace.model.transformer;

import io.millrace.model.ModelException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.nio.LongBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of many texts in one memory, in blocks of {@link #BLOCK} tokens that texts take
 * and give back (Kwon et al. 2023). Blocks that prompts filled are remembered by their tokens: a
 * later prompt that begins alike shares them. Belongs to one thread.
 */
public final class PagedCache implements AutoCloseable {
  /** Tokens in a block. */
  public static final int BLOCK = 64;

  /**
   * One layer's memory.
   *
   * @param keys [groups, blocks, BLOCK, size]
   * @param values the same
   */
  record Layer(Tensor keys, Tensor values) {}

  /** A block's tokens behind those of another block, −1 − space at the beginning of a text. */
  private record Content(long behind, LongBuffer tokens) {}

  /** A remembered block and its number, which no other block ever gets. */
  private record Known(int block, long number) {}

  private final Scope owner = Scope.shared();
  private final List<Layer> layers = new ArrayList<>();
  private final int[] holders;

  /** Blocks that were held at least once: before that, what lies in them may not be numbers. */
  private final BitSet cleared = new BitSet();

  private final @Nullable Content[] contents;
  private final Deque<Integer> free = new ArrayDeque<>();
  private final Set<Integer> idle = new LinkedHashSet<>();
  private final Map<Content, Known> known = new HashMap<>();
  private long numbers;

  /**
   * Takes the memory.
   *
   * @param dtype of keys and values, that of the states
   * @param blocks how many, at least 1
   */
  public PagedCache(Stack stack, DType dtype, int blocks) {
    holders = new int[blocks];
    contents = new Content[blocks];
    for (int i = 0; i < blocks; i++) {
      free.add(i);
    }
    for (BlockSpec spec : stack.spec().blocks()) {
      BlockSpec.Attention one = spec.attention();
      try (Scope scope = Scope.open()) {
        layers.add(
            new Layer(
                owner.adopt(Tensors.room(dtype, one.groups(), blocks, BLOCK, one.size())),
                owner.adopt(Tensors.room(dtype, one.groups(), blocks, BLOCK, one.size()))));
      }
    }
  }

  /** Bytes that one block takes in all layers. */
  public static long blockBytes(Stack stack, DType dtype) {
    return stack.spec().blocks().stream()
        .map(BlockSpec::attention)
        .mapToLong(one -> 2L * one.groups() * one.size() * BLOCK * dtype.bytes())
        .sum();
  }

  /** How many blocks so many tokens need. */
  public static int blocksFor(long tokens) {
    return Math.toIntExact((tokens + BLOCK - 1) / BLOCK);
  }

  /** All blocks. */
  public int blocks() {
    return holders.length;
  }

  /** Blocks that no text holds; some are remembered until they are needed. */
  public int available() {
    return free.size() + idle.size();
  }

  /** A text without tokens. */
  public PagedSequence sequence() {
    return new PagedSequence(this);
  }

  Layer layer(int index) {
    return layers.get(index);
  }

  List<Layer> layers() {
    return layers;
  }

  /** A block for one text. */
  int take() {
    Integer block = free.poll();
    if (block == null && !idle.isEmpty()) {
      block = idle.iterator().next(); // the one that was let go of first
      idle.remove(block);
      forget(block);
    }
    if (block == null) {
      throw new ModelException("cache.full", (long) blocks() * BLOCK, (blocks() + 1L) * BLOCK);
    }
    holders[block] = 1;
    if (!cleared.get(block)) {
      clear(block);
    }
    return block;
  }

  /** Zeros, the first time only: hidden keys count nothing, but nothing times NaN is NaN. */
  private void clear(int block) {
    try (Scope scope = Scope.open()) {
      for (Layer layer : layers) {
        layer.keys.narrow(1, block, 1).fillInPlace(0);
        layer.values.narrow(1, block, 1).fillInPlace(0);
      }
    }
    cleared.set(block);
  }

  private void forget(int block) {
    Content content = contents[block];
    if (content != null) {
      known.remove(content);
      contents[block] = null;
    }
  }

  void hold(int block) {
    idle.remove(block);
    holders[block]++;
  }

  void release(int block) {
    if (--holders[block] == 0) {
      if (contents[block] == null) {
        free.add(block);
      } else {
        idle.add(block);
      }
    }
  }

  /**
   * The blocks that hold the beginning of these tokens.
   *
   * @param space texts of different spaces share nothing, for example those of other adapters
   * @param most how many at most
   */
  List<Integer> find(long space, long[] tokens, int most) {
    List<Integer> found = new ArrayList<>();
    long behind = -1 - space;
    for (int i = 0; i < most; i++) {
      Known one = known.get(content(behind, tokens, i));
      if (one == null) {
        break;
      }
      found.add(one.block);
      behind = one.number;
    }
    return found;
  }

  /** Remembers blocks by the tokens that a prompt filled them with. */
  void remember(long space, long[] tokens, List<Integer> table, int full) {
    long behind = -1 - space;
    for (int i = 0; i < full; i++) {
      Content content = content(behind, tokens, i);
      Known one = known.get(content);
      if (one == null) {
        int block = table.get(i);
        if (contents[block] != null) {
          return;
        }
        one = new Known(block, numbers++);
        known.put(content, one);
        contents[block] = content;
      }
      behind = one.number;
    }
  }

  private static Content content(long behind, long[] tokens, int block) {
    int from = block * BLOCK;
    return new Content(behind, LongBuffer.wrap(Arrays.copyOfRange(tokens, from, from + BLOCK)));
  }

  @Override
  public void close() {
    owner.close();
  }
}

package io.millrace.model.transformer;

import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One text's blocks in a {@link PagedCache}; close it, and others may take them. */
public final class PagedSequence implements AutoCloseable {
  /**
   * Tokens of one text in a pass that computes several texts.
   *
   * @param sequence has room for them, see {@link #reserve}
   * @param tokens how many, behind those that it holds; where a prompt is read, several only behind
   *     whole blocks
   * @param longest the length that positions are scaled for: the prompt's, then the text's
   * @param writes whether its tokens are computed one by one, in few bits if the model has them, as
   *     texts are written: the last token with guesses of what follows it, or a prompt's end
   * @param changes an adapter's; absent: none
   */
  public record Part(
      PagedSequence sequence, int tokens, long longest, boolean writes, @Nullable Changes changes) {
    /** Without an adapter. */
    public Part(PagedSequence sequence, int tokens, long longest, boolean writes) {
      this(sequence, tokens, longest, writes, null);
    }
  }

  private final PagedCache cache;
  private final List<Integer> table = new ArrayList<>();
  private int length;

  PagedSequence(PagedCache cache) {
    this.cache = cache;
  }

  /** How many tokens it holds. */
  public int length() {
    return length;
  }

  /** Takes blocks for so many tokens in all. */
  public void reserve(int tokens) {
    while (table.size() < PagedCache.blocksFor(tokens)) {
      table.add(cache.take());
    }
  }

  /**
   * Shares what is remembered of the prompt's beginning: whole blocks, never all of it.
   *
   * @param space see {@link PagedCache#find}; prompts of different spaces share nothing
   * @return how many tokens
   */
  public int share(long space, long[] prompt) {
    List<Integer> found = cache.find(space, prompt, (prompt.length - 1) / PagedCache.BLOCK);
    found.forEach(cache::hold);
    table.addAll(found);
    length = found.size() * PagedCache.BLOCK;
    return length;
  }

  /** Remembers the blocks that a prompt filled, for later prompts. */
  public void remember(long space, long[] prompt) {
    cache.remember(space, prompt, table, prompt.length / PagedCache.BLOCK);
  }

  /** Another text that goes on from here: it shares what is full and copies what is not. */
  public PagedSequence fork() {
    PagedSequence other = new PagedSequence(cache);
    int full = length / PagedCache.BLOCK;
    for (int i = 0; i < full; i++) {
      cache.hold(table.get(i));
      other.table.add(table.get(i));
    }
    if (length % PagedCache.BLOCK != 0) {
      int copy = cache.take();
      other.table.add(copy);
      try (Scope scope = Scope.open()) {
        for (PagedCache.Layer layer : cache.layers()) {
          copy(layer.keys(), table.get(full), copy);
          copy(layer.values(), table.get(full), copy);
        }
      }
    }
    other.length = length;
    return other;
  }

  private static void copy(Tensor memory, int from, int to) {
    memory.narrow(1, to, 1).copyInPlace(memory.narrow(1, from, 1));
  }

  List<Integer> table() {
    return table;
  }

  PagedCache cache() {
    return cache;
  }

  /** Forgets the last tokens, which were guessed wrongly. */
  public void drop(int tokens) {
    length -= tokens;
  }

  void advance(int tokens) {
    length += tokens;
  }

  /** Gives the blocks back. */
  @Override
  public void close() {
    table.forEach(cache::release);
    table.clear();
    length = 0;
  }
}

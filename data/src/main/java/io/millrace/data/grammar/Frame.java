package io.millrace.data.grammar;

import org.jspecify.annotations.Nullable;

/**
 * What is still to come: a grammar from one of its parts on, and what follows it. Interned: the
 * same frame is the same object.
 *
 * @param at the part of a sequence, or how often a repeated part was begun
 * @param least the fewest bytes that still come
 */
record Frame(Grammar grammar, int at, @Nullable Frame next, long least) {
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Frame frame
        && frame.grammar == grammar
        && frame.at == at
        && frame.next == next;
  }

  @Override
  public int hashCode() {
    int hash = 31 * System.identityHashCode(grammar) + at;
    return 31 * hash + System.identityHashCode(next);
  }
}

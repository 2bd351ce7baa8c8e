package io.millrace.data.language;

import io.millrace.data.DataException;

/**
 * A text to learn from.
 *
 * @param ids its tokens
 * @param trained for each token whether the model learns to write it
 */
public record Sample(int[] ids, boolean[] trained) {
  /** Checks that both are as long. */
  public Sample {
    if (ids.length != trained.length || ids.length == 0) {
      throw new DataException("sample.length", ids.length, trained.length);
    }
  }

  /** A text that is learned whole. */
  public static Sample whole(int[] ids) {
    boolean[] all = new boolean[ids.length];
    java.util.Arrays.fill(all, true);
    return new Sample(ids, all);
  }

  /** How many tokens are learned; the first of a text follows nothing and is not. */
  public int learned() {
    int count = 0;
    for (int i = 1; i < trained.length; i++) {
      count += trained[i] ? 1 : 0;
    }
    return count;
  }

  /** Some of its tokens. */
  public Sample part(int from, int to) {
    return new Sample(
        java.util.Arrays.copyOfRange(ids, from, to),
        java.util.Arrays.copyOfRange(trained, from, to));
  }
}

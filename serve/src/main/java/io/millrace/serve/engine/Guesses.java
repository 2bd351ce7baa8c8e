package io.millrace.serve.engine;

import java.util.List;

/**
 * Guesses what a text goes on with from what followed its last tokens when they came before (prompt
 * lookup decoding, Saxena 2023): quotations, code, tables and lists repeat themselves. A guess
 * costs a row in a step that reads all weights anyway; whether it was right the model itself says.
 *
 * <p>How much is guessed follows from how much was right: more after guesses that were all right,
 * nothing for a while after guesses that were all wrong.
 */
final class Guesses {
  /** Tokens that must have come before. */
  private static final int BEFORE = 3;

  private static final int LONGEST_REST = 64;
  private static final int LONGEST_GUESS = 16;
  private static final long[] NONE = {};

  private final long[] prompt;
  private final List<Long> written;
  private int width = 3;
  private int rest;
  private int lastRest = 2;

  /**
   * Guesses for one text.
   *
   * @param written grows as the text is written
   */
  Guesses(long[] prompt, List<Long> written) {
    this.prompt = prompt;
    this.written = written;
  }

  /** What may come next, at most so many tokens; 0 or less: no place is looked for. */
  long[] next(int most) {
    if (most <= 0) {
      return NONE;
    }
    if (rest > 0) {
      rest--;
      return NONE;
    }
    int length = prompt.length + written.size();
    int found = length <= BEFORE ? -1 : before(length);
    long[] guessed = new long[found < 0 ? 0 : Math.min(most, width)];
    for (int i = 0; i < guessed.length; i++) {
      // What repeats itself with a short period is followed into the guess itself.
      int from = found + i;
      guessed[i] = from < length ? at(from) : guessed[from - length];
    }
    return guessed;
  }

  /** The place behind the last tokens' latest earlier appearance; −1: they are new. */
  private int before(int length) {
    for (int end = length - 1; end >= BEFORE; end--) {
      int same = 0;
      while (same < BEFORE && at(end - 1 - same) == at(length - 1 - same)) {
        same++;
      }
      if (same == BEFORE) {
        return end;
      }
    }
    return -1;
  }

  private long at(int place) {
    return place < prompt.length ? prompt[place] : written.get(place - prompt.length);
  }

  /** Hears how many of the guessed tokens were right. */
  void judged(int guessed, int right) {
    if (guessed == 0) {
      return;
    }
    if (right == 0) {
      rest = lastRest;
      lastRest = Math.min(LONGEST_REST, 2 * lastRest);
      width = 1;
    } else {
      lastRest = 2;
      width = right == guessed ? Math.min(LONGEST_GUESS, 2 * width) : right + 1;
    }
  }
}

package io.millrace.data.language;

import java.util.Arrays;
import java.util.List;

/**
 * One row of a batch: one text or several, each with positions of its own, and nothing behind.
 *
 * @param ids [time]
 * @param targets the token to write after each place, −100 where nothing is learned
 * @param texts 1, 2, … for the text that a place belongs to, 0 behind the last
 * @param positions from 0 in each text
 */
public record TokenRow(long[] ids, long[] targets, long[] texts, long[] positions) {
  /** No target. */
  public static final long IGNORED = -100;

  /**
   * Texts in a row.
   *
   * @param width how long the row is made; at least all texts together
   */
  public static TokenRow of(List<Sample> samples, int width) {
    long[] ids = new long[width];
    long[] targets = new long[width];
    long[] texts = new long[width];
    long[] positions = new long[width];
    Arrays.fill(targets, IGNORED);
    int at = 0;
    for (int text = 0; text < samples.size(); text++) {
      Sample sample = samples.get(text);
      int length = sample.ids().length;
      for (int i = 0; i < length; i++) {
        ids[at + i] = sample.ids()[i];
        texts[at + i] = text + 1L;
        positions[at + i] = i;
        if (i + 1 < length && sample.trained()[i + 1]) {
          targets[at + i] = sample.ids()[i + 1];
        }
      }
      at += length;
    }
    return new TokenRow(ids, targets, texts, positions);
  }

  /** How many tokens are learned. */
  public int learned() {
    int count = 0;
    for (long target : targets) {
      count += target == IGNORED ? 0 : 1;
    }
    return count;
  }

  /** How many places hold a token. */
  public int used() {
    int used = texts.length;
    while (used > 0 && texts[used - 1] == 0) {
      used--;
    }
    return used;
  }
}

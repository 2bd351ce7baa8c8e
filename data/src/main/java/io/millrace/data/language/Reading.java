package io.millrace.data.language;

import io.millrace.data.tokenizer.Encoding;
import io.millrace.data.tokenizer.Tokenizer;
import java.util.Arrays;

/**
 * A text, or two, as a model reads it.
 *
 * @param ids the tokens with those around them
 * @param types 0 for the first text, 1 for the second
 * @param cut whether the text was longer
 */
public record Reading(long[] ids, long[] types, boolean cut) {
  /** A text's tokens, at most so many; what is too long loses its end. */
  public static Reading of(Tokenizer tokenizer, String text, int longest) {
    Encoding whole = tokenizer.encode(text);
    int over = whole.size() - longest;
    if (over <= 0) {
      return new Reading(whole.ids(), whole.types(), false);
    }
    int behind = 0;
    while (behind < longest - 1 && whole.special()[whole.size() - 1 - behind]) {
      behind++;
    }
    long[] ids = Arrays.copyOf(whole.ids(), longest);
    int from = whole.size() - behind;
    System.arraycopy(whole.ids(), from, ids, longest - behind, behind);
    return new Reading(ids, Arrays.copyOf(whole.types(), longest), true);
  }

  /** Two texts' tokens, at most so many; the longer one loses its end first. */
  public static Reading of(
      Tokenizer tokenizer, PairFrame frame, String first, String second, int longest) {
    long[] one = tokenizer.encodePlain(first).ids();
    long[] two = tokenizer.encodePlain(second).ids();
    int room = Math.max(0, longest - frame.size());
    if (one.length + two.length <= room) {
      return frame.put(one, two, false);
    }
    int half = room / 2;
    int ones = one.length <= half ? one.length : Math.max(room - two.length, room - half);
    return frame.put(
        Arrays.copyOf(one, Math.min(one.length, ones)),
        Arrays.copyOf(two, Math.min(two.length, room - Math.min(one.length, ones))),
        true);
  }
}

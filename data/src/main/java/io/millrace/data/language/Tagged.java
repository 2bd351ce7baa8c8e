package io.millrace.data.language;

import io.millrace.data.DataException;
import io.millrace.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * A text whose words have tags. The first token of a word has the word's tag, the others none.
 *
 * @param tags a number for each token, −100 where there is none
 * @param words how many of the words are there; the last ones may be cut off
 */
public record Tagged(Reading text, long[] tags, int words) {
  /**
   * A row of words.
   *
   * @param tags a number for each word
   * @param longest tokens at most; later words are cut off
   */
  public static Tagged of(
      Tokenizer tokenizer, List<String> words, List<Integer> tags, int longest, String place) {
    if (words.size() != tags.size() || words.isEmpty()) {
      throw new DataException("row.tags", place, words.size(), tags.size());
    }
    // What stands around a text, from one that is empty.
    long[] around = tokenizer.encode("").ids();
    int before = 0;
    long[] one = tokenizer.encode(words.getFirst()).ids();
    while (before < Math.min(around.length, one.length) && around[before] == one[before]) {
      before++;
    }
    int room = longest - around.length;
    List<Long> ids = new ArrayList<>();
    List<Long> marks = new ArrayList<>();
    for (int i = 0; i < before; i++) {
      ids.add(around[i]);
      marks.add(TokenRow.IGNORED);
    }
    int used = 0;
    int taken = 0;
    for (int word = 0; word < words.size(); word++) {
      String text = (word == 0 ? "" : " ") + words.get(word);
      long[] pieces = tokenizer.encodePlain(text).ids();
      if (used + pieces.length > room) {
        break;
      }
      for (int i = 0; i < pieces.length; i++) {
        ids.add(pieces[i]);
        marks.add(i == 0 ? tags.get(word).longValue() : TokenRow.IGNORED);
      }
      used += pieces.length;
      taken++;
    }
    for (int i = before; i < around.length; i++) {
      ids.add(around[i]);
      marks.add(TokenRow.IGNORED);
    }
    long[] all = ids.stream().mapToLong(Long::longValue).toArray();
    return new Tagged(
        new Reading(all, new long[all.length], taken < words.size()),
        marks.stream().mapToLong(Long::longValue).toArray(),
        taken);
  }
}

package io.millrace.data.language;

import io.millrace.data.DataException;
import io.millrace.data.tokenizer.Encoding;
import io.millrace.data.tokenizer.Tokenizer;
import java.util.Arrays;

/** What a tokenizer puts before, between and behind two texts. */
public final class PairFrame {
  private final long[] ids;
  private final long[] types;
  private final long[] textTypes;
  private final int between;
  private final int after;

  private PairFrame(long[] ids, long[] types, long[] textTypes, int between, int after) {
    this.ids = ids;
    this.types = types;
    this.textTypes = textTypes;
    this.between = between;
    this.after = after;
  }

  /** As this tokenizer does it. */
  public static PairFrame of(Tokenizer tokenizer) {
    for (int id = 0; id < tokenizer.size(); id++) {
      String text = tokenizer.isSpecial(id) ? "" : tokenizer.decode(new long[] {id}).strip();
      long[] plain = text.isEmpty() ? new long[0] : tokenizer.encodePlain(text).ids();
      if (plain.length == 1) {
        return of(tokenizer.encode(text, text), plain[0]);
      }
    }
    throw new DataException("tokenizer.text");
  }

  private static PairFrame of(Encoding both, long text) {
    int first = -1;
    int second = -1;
    for (int i = 0; i < both.size(); i++) {
      if (both.ids()[i] == text && !both.special()[i]) {
        first = first < 0 ? i : first;
        second = i;
      }
    }
    long[] ids = new long[both.size() - 2];
    long[] types = new long[ids.length];
    int next = 0;
    for (int i = 0; i < both.size(); i++) {
      if (i != first && i != second) {
        ids[next] = both.ids()[i];
        types[next++] = both.types()[i];
      }
    }
    long[] texts = {both.types()[first], both.types()[second]};
    return new PairFrame(ids, types, texts, first, second - 1);
  }

  /** How many tokens it has. */
  public int size() {
    return ids.length;
  }

  /** Where the second text begins behind a first one of so many tokens. */
  public int second(int first) {
    return after + first;
  }

  /** The two texts in it. */
  public Reading put(long[] first, long[] second, boolean cut) {
    long[] all = new long[ids.length + first.length + second.length];
    long[] kinds = new long[all.length];
    int at = copy(ids, types, 0, between, all, kinds, 0);
    Arrays.fill(kinds, at, at + first.length, textTypes[0]);
    System.arraycopy(first, 0, all, at, first.length);
    at = copy(ids, types, between, after, all, kinds, at + first.length);
    Arrays.fill(kinds, at, at + second.length, textTypes[1]);
    System.arraycopy(second, 0, all, at, second.length);
    copy(ids, types, after, ids.length, all, kinds, at + second.length);
    return new Reading(all, kinds, cut);
  }

  private static int copy(
      long[] ids, long[] types, int from, int to, long[] all, long[] kinds, int at) {
    System.arraycopy(ids, from, all, at, to - from);
    System.arraycopy(types, from, kinds, at, to - from);
    return at + to - from;
  }
}

package io.millrace.data.grammar;

import io.millrace.data.tokenizer.TokenBytes;
import io.millrace.data.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The bytes of a tokenizer's tokens, in order, with how much each shares with the one before. */
public final class Vocabulary {
  private final byte[][] texts;
  private final int[] ids;
  private final int[] shared;
  private final int size;
  private final int longest;
  private final boolean stripsBlank;

  /** A tokenizer's vocabulary. */
  public static Vocabulary of(Tokenizer tokenizer) {
    TokenBytes bytes = TokenBytes.of(tokenizer);
    return new Vocabulary(bytes.tokens(), bytes.stripsBlank());
  }

  /**
   * A vocabulary.
   *
   * @param tokens the bytes of the token of each id; null where a token is no text
   * @param stripsBlank whether a blank that a text begins with is lost
   */
  public Vocabulary(List<byte @Nullable []> tokens, boolean stripsBlank) {
    this.stripsBlank = stripsBlank;
    this.size = tokens.size();
    this.ids =
        IntStream.range(0, size)
            .filter(id -> tokens.get(id) != null && tokens.get(id).length > 0)
            .boxed()
            .sorted(Comparator.comparing(tokens::get, Arrays::compareUnsigned))
            .mapToInt(Integer::intValue)
            .toArray();
    this.texts = new byte[ids.length][];
    this.shared = new int[ids.length];
    int most = 0;
    for (int i = 0; i < ids.length; i++) {
      texts[i] = tokens.get(ids[i]);
      most = Math.max(most, texts[i].length);
      if (i > 0) {
        int mismatch = Arrays.mismatch(texts[i - 1], texts[i]);
        shared[i] = mismatch < 0 ? texts[i].length : mismatch;
      }
    }
    this.longest = most;
  }

  /** Tokens, those without text too. */
  public int size() {
    return size;
  }

  boolean stripsBlank() {
    return stripsBlank;
  }

  int count() {
    return ids.length;
  }

  int id(int at) {
    return ids[at];
  }

  byte[] text(int at) {
    return texts[at];
  }

  /** How many bytes a token begins with as the one before it. */
  int shared(int at) {
    return shared[at];
  }

  int longest() {
    return longest;
  }
}

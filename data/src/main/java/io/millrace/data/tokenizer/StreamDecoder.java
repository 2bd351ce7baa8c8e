package io.millrace.data.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * Turns tokens that come one by one into text. A character whose bytes are spread over several
 * tokens comes when it is whole, so that the pieces one after another are the text.
 */
public final class StreamDecoder {
  /** Bytes of one character at most spread over so many tokens; more are no character. */
  private static final int LONGEST = 12;

  private final Tokenizer tokenizer;
  private final List<Long> ids = new ArrayList<>();

  /** Tokens before this one are done and only give the decoder its surroundings. */
  private int before;

  /** Tokens before this one are in the text given out. */
  private int given;

  StreamDecoder(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** The text that this token completes, often empty. */
  public String add(long id) {
    ids.add(id);
    String old = tokenizer.decode(ids.subList(before, given));
    String now = tokenizer.decode(ids.subList(before, ids.size()));
    boolean open = now.endsWith("\uFFFD") && ids.size() - given < LONGEST;
    if (open || now.length() <= old.length() || !now.startsWith(old)) {
      return "";
    }
    before = given;
    given = ids.size();
    return now.substring(old.length());
  }

  /** What is left at the end: bytes that never became a character show as �. */
  public String end() {
    String old = tokenizer.decode(ids.subList(before, given));
    String now = tokenizer.decode(ids.subList(before, ids.size()));
    given = ids.size();
    before = given;
    return now.startsWith(old) ? now.substring(old.length()) : "";
  }
}

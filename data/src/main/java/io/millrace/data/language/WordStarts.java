package io.millrace.data.language;

import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.ground.json.Json;
import tools.jackson.databind.JsonNode;

/** Which tokens of a vocabulary go on with a word that an earlier token began. */
public final class WordStarts {
  private static final String BYTE_SPACE = "\u0120";
  private static final String PIECE_SPACE = "\u2581";

  private final boolean[] goesOn;
  private final boolean[] special;

  private WordStarts(boolean[] goesOn, boolean[] special) {
    this.goesOn = goesOn;
    this.special = special;
  }

  /** As the tokenizer marks them: {@code ##} inside words, or a space's stand-in before them. */
  public static WordStarts of(Tokenizer tokenizer) {
    JsonNode model = Json.read(tokenizer.json(), "tokenizer.json").path("model");
    String inside = model.path("continuing_subword_prefix").asString("");
    boolean pieces = model.path("type").asString("").equals("WordPiece") && !inside.isEmpty();
    boolean marked = false;
    boolean[] special = new boolean[tokenizer.size()];
    for (int id = 0; id < special.length && !pieces; id++) {
      String token = tokenizer.token(id);
      marked |= token != null && (token.startsWith(BYTE_SPACE) || token.startsWith(PIECE_SPACE));
    }
    boolean[] goesOn = new boolean[special.length];
    for (int id = 0; id < special.length; id++) {
      String token = tokenizer.token(id);
      special[id] = token == null || tokenizer.isSpecial(id);
      if (token != null && !special[id]) {
        goesOn[id] =
            pieces
                ? token.startsWith(inside)
                : marked
                    && !token.startsWith(BYTE_SPACE)
                    && !token.startsWith(PIECE_SPACE)
                    && Character.isLetter(token.codePointAt(0));
      }
    }
    return new WordStarts(goesOn, special);
  }

  /** Whether a token belongs to the word before it. */
  public boolean goesOn(long id) {
    return goesOn[(int) id];
  }

  /** Whether a token stands for something else than text. */
  public boolean isSpecial(long id) {
    return special[(int) id];
  }
}

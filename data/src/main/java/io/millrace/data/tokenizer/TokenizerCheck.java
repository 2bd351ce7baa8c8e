package io.millrace.data.tokenizer;

import io.millrace.data.DataException;
import java.util.Base64;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * What the Rust library takes for granted in a {@code tokenizer.json}: where it does not hold, the
 * library gives up and the whole process with it. Found by changing files at random.
 */
final class TokenizerCheck {
  private final JsonNode root;
  private final String place;

  private TokenizerCheck(JsonNode root, String place) {
    this.root = root;
    this.place = place;
  }

  /**
   * Checks a file.
   *
   * @throws DataException naming the place and the value that cannot be
   */
  static void check(JsonNode root, String place) {
    new TokenizerCheck(root, place).all();
  }

  private void all() {
    joins(root.path("model"));
    for (String part : new String[] {"normalizer", "pre_tokenizer", "post_processor", "decoder"}) {
      part(part, root.path(part));
    }
  }

  /** The second of two pieces that are joined loses the prefix. */
  private void joins(JsonNode model) {
    String prefix = model.path("continuing_subword_prefix").asString("");
    if (prefix.isEmpty()) {
      return;
    }
    for (JsonNode merge : model.path("merges")) {
      String second =
          merge.isArray()
              ? merge.path(1).asString("")
              : merge.asString("").replaceFirst("^[^ ]* ", "");
      if (!second.startsWith(prefix)) {
        throw wrong("model.continuing_subword_prefix", prefix);
      }
    }
  }

  /** A step, or several in a sequence. */
  private void part(String path, JsonNode part) {
    for (Map.Entry<String, JsonNode> entry : part.properties()) {
      if (entry.getValue().isArray()) {
        for (JsonNode inner : entry.getValue()) {
          part(path + "." + entry.getKey(), inner);
        }
      }
    }
    // By shape: the library takes a part whose type it does not know for one that fits.
    JsonNode map = part.path("precompiled_charsmap");
    boolean mapped = !map.isMissingNode() || part.path("type").asString("").equals("Precompiled");
    if (mapped && (!map.isString() || !isMap(map.asString()))) {
      throw wrong(path + ".precompiled_charsmap", shortened(map.toString()));
    }
    if (path.startsWith("decoder") && part.path("stop").asLong(0) != 0) {
      throw wrong(path + ".stop", part.path("stop"));
    }
    template(path, part, "single");
    template(path, part, "pair");
  }

  private static boolean isMap(String text) {
    try {
      return CharacterMap.isSound(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void template(String path, JsonNode part, String kind) {
    for (JsonNode piece : part.path(kind)) {
      JsonNode special = piece.path("SpecialToken");
      String id = special.path("id").asString("");
      if (special.isObject() && !part.path("special_tokens").has(id)) {
        throw wrong(path + "." + kind, id);
      }
    }
  }

  private static String shortened(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }

  private DataException wrong(String key, Object value) {
    return new DataException("tokenizer.value", place, key, value);
  }
}

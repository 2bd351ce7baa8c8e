package io.millrace.data.tokenizer;

import io.millrace.data.DataException;
import io.millrace.ground.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The bytes that each token adds to a text, read off the vocabulary and its decoder: byte-level
 * pairs, SentencePiece with and without bytes, single characters.
 *
 * @param tokens by id; null where a token is special and adds none
 * @param stripsBlank whether a blank that a text begins with is left out when it is decoded
 */
public record TokenBytes(List<byte @Nullable []> tokens, boolean stripsBlank) {
  /**
   * Those of a tokenizer.
   *
   * @throws DataException if its decoder puts blanks between tokens, as encoders' do
   */
  public static TokenBytes of(Tokenizer tokenizer) {
    JsonNode root = Json.read(tokenizer.json(), "tokenizer.json");
    List<JsonNode> steps = new ArrayList<>();
    JsonNode decoder = root.path("decoder");
    if (decoder.path("type").asString("").equals("Sequence")) {
      decoder.path("decoders").forEach(steps::add);
    } else {
      steps.add(decoder);
    }
    Map<Long, String> added = new HashMap<>();
    root.path("added_tokens")
        .forEach(one -> added.put(one.path("id").asLong(-1), one.path("content").asString("")));
    boolean strips = false;
    for (JsonNode step : steps) {
      boolean metaspace = step.path("type").asString("").equals("Metaspace");
      strips |= metaspace && !step.path("prepend_scheme").asString("always").equals("never");
      strips |= step.path("type").asString("").equals("Strip") && step.path("start").asInt(0) > 0;
    }
    List<byte @Nullable []> tokens = new ArrayList<>();
    for (long id = 0; id < tokenizer.size(); id++) {
      String token = tokenizer.token(id);
      boolean none = token == null || tokenizer.isSpecial(id);
      String plain = added.get(id);
      if (none) {
        tokens.add(null);
      } else if (plain != null) {
        tokens.add(plain.getBytes(StandardCharsets.UTF_8));
      } else {
        tokens.add(bytes(java.util.Objects.requireNonNull(token), steps));
      }
    }
    return new TokenBytes(tokens, strips);
  }

  private static byte @Nullable [] bytes(String token, List<JsonNode> steps) {
    String text = token;
    for (JsonNode step : steps) {
      switch (step.path("type").asString("")) {
        case "ByteLevel" -> {
          return ByteCharacters.bytes(text);
        }
        case "ByteFallback" -> {
          if (text.matches("<0x[0-9A-Fa-f]{2}>")) {
            return new byte[] {(byte) Integer.parseInt(text.substring(3, 5), 16)};
          }
        }
        case "Replace" ->
            text =
                text.replace(
                    step.path("pattern").path("String").asString("\0"),
                    step.path("content").asString(""));
        case "Metaspace" -> text = text.replace(step.path("replacement").asString("▁"), " ");
        case "Fuse", "Strip" -> {}
        default -> throw new DataException("tokenizer.bytes", step.path("type").asString("none"));
      }
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

package io.millrace.data.tokenizer;

import io.millrace.ground.json.Json;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Pieces of the Rust library's {@code tokenizer.json}. */
final class TokenizerJson {
  private TokenizerJson() {}

  /** A file with nothing but a model. */
  static ObjectNode of(ObjectNode model) {
    ObjectNode root = Json.object();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    root.putArray("added_tokens");
    root.putNull("normalizer");
    root.putNull("pre_tokenizer");
    root.putNull("post_processor");
    root.putNull("decoder");
    root.set("model", model);
    return root;
  }

  static ObjectNode typed(String type) {
    ObjectNode node = Json.object();
    node.put("type", type);
    return node;
  }

  /** A part that does several one after another, listed under {@code key}. */
  static ObjectNode sequence(String key, ObjectNode... parts) {
    ObjectNode node = typed("Sequence");
    ArrayNode list = node.putArray(key);
    for (ObjectNode part : parts) {
      list.add(part);
    }
    return node;
  }

  static ObjectNode bytePairs(Map<String, Integer> vocabulary, Iterable<String[]> merges) {
    ObjectNode model = typed("BPE");
    model.putNull("dropout");
    model.putNull("unk_token");
    model.putNull("continuing_subword_prefix");
    model.putNull("end_of_word_suffix");
    model.put("fuse_unk", false);
    model.put("byte_fallback", false);
    model.put("ignore_merges", false);
    ObjectNode vocab = model.putObject("vocab");
    vocabulary.forEach(vocab::put);
    ArrayNode list = model.putArray("merges");
    for (String[] merge : merges) {
      list.addArray().add(merge[0]).add(merge[1]);
    }
    return model;
  }

  /** Bytes as visible characters. */
  static ObjectNode byteLevel(boolean prefixSpace, boolean pattern) {
    ObjectNode node = typed("ByteLevel");
    node.put("add_prefix_space", prefixSpace);
    node.put("trim_offsets", true);
    node.put("use_regex", pattern);
    return node;
  }

  /** Replaces what fits a regular expression, or a plain text. */
  static ObjectNode replace(String kind, String pattern, String content) {
    ObjectNode node = typed("Replace");
    node.putObject("pattern").put(kind, pattern);
    node.put("content", content);
    return node;
  }

  static void add(ObjectNode root, int id, String content, boolean special) {
    ObjectNode token = ((ArrayNode) root.path("added_tokens")).addObject();
    token.put("id", id);
    token.put("content", content);
    token.put("single_word", false);
    token.put("lstrip", false);
    token.put("rstrip", false);
    token.put("normalized", false);
    token.put("special", special);
  }

  /**
   * Tokens before and after a text.
   *
   * @param before ids by token, in order
   */
  static ObjectNode around(Map<String, Integer> before, Map<String, Integer> after) {
    ObjectNode node = typed("TemplateProcessing");
    for (boolean pair : new boolean[] {false, true}) {
      ArrayNode list = node.putArray(pair ? "pair" : "single");
      before.keySet().forEach(token -> special(list, token, 0));
      sequence(list, "A", 0);
      after.keySet().forEach(token -> special(list, token, 0));
      if (pair) {
        sequence(list, "B", 1);
        after.keySet().forEach(token -> special(list, token, 1));
      }
    }
    ObjectNode specials = node.putObject("special_tokens");
    for (Map<String, Integer> some : java.util.List.of(before, after)) {
      some.forEach(
          (token, id) -> {
            ObjectNode one = specials.putObject(token);
            one.put("id", token);
            one.putArray("ids").add(id);
            one.putArray("tokens").add(token);
          });
    }
    return node;
  }

  private static void special(ArrayNode list, String token, int type) {
    list.addObject().putObject("SpecialToken").put("id", token).put("type_id", type);
  }

  private static void sequence(ArrayNode list, String name, int type) {
    list.addObject().putObject("Sequence").put("id", name).put("type_id", type);
  }
}

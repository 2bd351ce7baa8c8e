package io.millrace.data.tokenizer;

import io.millrace.ground.json.Json;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** BERT's {@code vocab.txt}: a piece a line, the line's number is its id. */
final class WordPieceFile {
  /** What pieces begin with that do not begin a word. */
  static final String INSIDE = "##";

  private static final int LONGEST_WORD = 100;

  private final Map<String, Integer> ids;
  private final JsonNode config;

  private WordPieceFile(Map<String, Integer> ids, JsonNode config) {
    this.ids = ids;
    this.config = config;
  }

  static WordPieceFile of(Map<String, Integer> vocabulary) {
    return new WordPieceFile(vocabulary, Json.object().put("do_lower_case", true));
  }

  /** A tokenizer that knows no word: it only cuts texts into words. */
  static Tokenizer words() {
    return Tokenizer.of(of(Map.of("[UNK]", 0)).json().toString(), "tokenizer.json");
  }

  /** A text's words in lower case and without accents, as {@link #words} cuts it. */
  static List<String> split(String text, Tokenizer words) {
    Encoding cut = words.encodePlain(text);
    List<String> all = new ArrayList<>();
    for (int i = 0; i < cut.size(); i++) {
      String word = text.substring(cut.starts()[i], cut.ends()[i]);
      String plain =
          Normalizer.normalize(word, Normalizer.Form.NFD)
              .replaceAll("\\p{Mn}|\\p{Cc}|\\p{Cf}", "")
              .toLowerCase(Locale.ROOT);
      if (!plain.isEmpty()) {
        all.add(plain);
      }
    }
    return all;
  }

  static WordPieceFile read(String text, JsonNode config) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    int id = 0;
    for (String line : text.split("\r?\n")) {
      ids.put(line.stripTrailing(), id++);
    }
    return new WordPieceFile(ids, config);
  }

  /**
   * The same as {@code tokenizer.json}. Lower case is what the configuration says; where it is
   * silent, lower case unless the vocabulary has pieces with capitals.
   */
  ObjectNode json() {
    boolean capitals =
        ids.keySet().stream()
            .anyMatch(piece -> !piece.startsWith("[") && piece.matches(".*[A-Z].*"));
    boolean lower = config.path("do_lower_case").asBoolean(!capitals);
    ObjectNode model = TokenizerJson.typed("WordPiece");
    model.put("unk_token", "[UNK]");
    model.put("continuing_subword_prefix", INSIDE);
    model.put("max_input_chars_per_word", LONGEST_WORD);
    ObjectNode vocabulary = model.putObject("vocab");
    ids.forEach(vocabulary::put);
    ObjectNode root = TokenizerJson.of(model);
    for (String special : new String[] {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) {
      Integer id = ids.get(special);
      if (id != null) {
        TokenizerJson.add(root, id, special, true);
      }
    }
    ObjectNode normalizer = TokenizerJson.typed("BertNormalizer");
    normalizer.put("clean_text", true);
    normalizer.put("handle_chinese_chars", config.path("tokenize_chinese_chars").asBoolean(true));
    if (config.path("strip_accents").isBoolean()) {
      normalizer.put("strip_accents", config.path("strip_accents").asBoolean());
    } else {
      normalizer.putNull("strip_accents");
    }
    normalizer.put("lowercase", lower);
    root.set("normalizer", normalizer);
    root.set("pre_tokenizer", TokenizerJson.typed("BertPreTokenizer"));
    if (ids.containsKey("[CLS]") && ids.containsKey("[SEP]")) {
      root.set(
          "post_processor",
          TokenizerJson.around(
              Map.of("[CLS]", ids.get("[CLS]")), Map.of("[SEP]", ids.get("[SEP]"))));
    }
    ObjectNode decoder = TokenizerJson.typed("WordPiece");
    decoder.put("prefix", INSIDE);
    decoder.put("cleanup", true);
    root.set("decoder", decoder);
    return root;
  }

  /** The folder's special tokens, with BERT's where it names none. */
  SpecialTokens specials(SpecialTokens given) {
    Map<String, String> roles = new HashMap<>();
    Map.of(
            "pad_token", "[PAD]",
            "unk_token", "[UNK]",
            "cls_token", "[CLS]",
            "sep_token", "[SEP]",
            "mask_token", "[MASK]")
        .forEach(
            (role, token) -> {
              if (ids.containsKey(token)) {
                roles.put(role, token);
              }
            });
    roles.putAll(given.byRole());
    return new SpecialTokens(Map.copyOf(roles));
  }
}

package io.millrace.data.tokenizer;

import io.millrace.data.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tokenizer that a GGUF file carries in its metadata, as {@code tokenizer.json}: byte-level
 * pairs ({@code gpt2}) and SentencePiece pairs ({@code llama}).
 */
public final class GgufTokenizer {
  private static final int CONTROL = 3;
  private static final int USER = 4;

  /** How llama.cpp names ways to split texts, and how they are named here. */
  private static final Map<String, String> SPLITS =
      Map.of(
          "default", "gpt2",
          "gpt-2", "gpt2",
          "qwen2", "qwen",
          "qwen3", "qwen",
          "llama-bpe", "cl100k",
          "llama3", "cl100k",
          "llama-v3", "cl100k",
          "smaug-bpe", "cl100k",
          "gpt-4o", "o200k");

  private GgufTokenizer() {}

  /**
   * The tokenizer of a file.
   *
   * @param metadata what the file says
   * @return null if it carries none
   * @throws DataException if it is of a kind that is not known
   */
  public static @Nullable ObjectNode json(Map<String, Object> metadata, Path file) {
    Object kind = metadata.get("tokenizer.ggml.model");
    List<String> tokens = texts(metadata.get("tokenizer.ggml.tokens"));
    if (kind == null || tokens.isEmpty() || kind.equals("none") || kind.equals("no_vocab")) {
      return null;
    }
    List<Integer> types = new ArrayList<>();
    if (metadata.get("tokenizer.ggml.token_type") instanceof List<?> list) {
      list.forEach(one -> types.add(one instanceof Number number ? number.intValue() : 1));
    }
    while (types.size() < tokens.size()) {
      types.add(1);
    }
    ObjectNode root =
        switch (String.valueOf(kind)) {
          case "gpt2" -> bytePairs(metadata, tokens, types, file);
          case "llama" -> pieces(metadata, tokens, types, file);
          default -> throw new DataException("tokenizer.gguf", file, kind);
        };
    if (Boolean.TRUE.equals(metadata.get("tokenizer.ggml.add_bos_token"))
        && metadata.get("tokenizer.ggml.bos_token_id") instanceof Number id
        && id.intValue() < tokens.size()) {
      Map<String, Integer> before = Map.of(tokens.get(id.intValue()), id.intValue());
      root.set("post_processor", TokenizerJson.around(before, Map.of()));
    }
    return root;
  }

  private static ObjectNode bytePairs(
      Map<String, Object> metadata, List<String> tokens, List<Integer> types, Path file) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (int id = 0; id < tokens.size(); id++) {
      ids.putIfAbsent(tokens.get(id), id); // those added too: the library looks for their ids here
    }
    List<String[]> merges = new ArrayList<>();
    for (String merge : texts(metadata.get("tokenizer.ggml.merges"))) {
      int blank = merge.indexOf(' ', 1);
      if (blank < 0) {
        throw new DataException("tokenizer.gguf", file, merge);
      }
      merges.add(new String[] {merge.substring(0, blank), merge.substring(blank + 1)});
    }
    Object name = metadata.getOrDefault("tokenizer.ggml.pre", "default");
    String split = SPLITS.get(String.valueOf(name));
    if (split == null) {
      throw new DataException("tokenizer.gguf", file, name);
    }
    ObjectNode model = TokenizerJson.bytePairs(ids, merges);
    model.put("ignore_merges", split.equals("cl100k"));
    ObjectNode root = TokenizerJson.of(model);
    root.set("pre_tokenizer", TiktokenFile.split(split));
    root.set("decoder", TokenizerJson.byteLevel(true, true));
    for (int id = 0; id < tokens.size(); id++) {
      if (types.get(id) == CONTROL || types.get(id) == USER) {
        TokenizerJson.add(root, id, tokens.get(id), types.get(id) == CONTROL);
      }
    }
    return root;
  }

  private static ObjectNode pieces(
      Map<String, Object> metadata, List<String> tokens, List<Integer> types, Path file) {
    List<Float> scores = new ArrayList<>();
    if (metadata.get("tokenizer.ggml.scores") instanceof List<?> list) {
      list.forEach(
          one -> scores.add(one instanceof Number number ? number.floatValue() : Float.valueOf(0)));
    }
    if (scores.size() != tokens.size()) {
      throw new DataException("tokenizer.gguf", file, "scores");
    }
    boolean prefix = !Boolean.FALSE.equals(metadata.get("tokenizer.ggml.add_space_prefix"));
    return SentencePieceFile.of(tokens, scores, types, prefix, file)
        .json(io.millrace.ground.json.Json.object());
  }

  private static List<String> texts(@Nullable Object list) {
    List<String> texts = new ArrayList<>();
    if (list instanceof List<?> all) {
      all.forEach(one -> texts.add(String.valueOf(one)));
    }
    return texts;
  }
}

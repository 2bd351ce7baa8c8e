package io.millrace.data.tokenizer;

import io.millrace.data.DataException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI's {@code *.tiktoken}: a token's bytes as base64 and its rank, a line each. */
final class TiktokenFile {
  private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String END = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";

  /** How a text is cut before merging, which the file does not say, by the file's name. */
  private static final Map<String, String> PATTERNS =
      Map.of(
          "r50k",
          "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          "p50k",
          "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          "gpt2",
          "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          "cl100k",
          CONTRACTIONS
              + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
              + END,
          "qwen",
          CONTRACTIONS
              + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
              + END,
          "o200k",
          "[^\\r\\n\\p{L}\\p{N}]?"
              + UPPER
              + "*"
              + LOWER
              + "+"
              + CONTRACTIONS
              + "?"
              + "|[^\\r\\n\\p{L}\\p{N}]?"
              + UPPER
              + "+"
              + LOWER
              + "*"
              + CONTRACTIONS
              + "?"
              + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*"
              + END);

  /** The id of {@code <|endoftext|>}, which the files leave out. */
  private static final Map<String, Integer> ENDS =
      Map.of("r50k", 50256, "p50k", 50256, "gpt2", 50256, "cl100k", 100257, "o200k", 199999);

  private TiktokenFile() {}

  /** How texts are split before pairs are joined; null for a kind that is not known. */
  static @org.jspecify.annotations.Nullable ObjectNode split(String kind) {
    String pattern = PATTERNS.get(kind);
    if (pattern == null) {
      return null;
    }
    ObjectNode split = TokenizerJson.typed("Split");
    split.putObject("pattern").put("Regex", pattern);
    split.put("behavior", "Isolated");
    split.put("invert", false);
    return TokenizerJson.sequence("pretokenizers", split, TokenizerJson.byteLevel(false, false));
  }

  static ObjectNode convert(String text, Path file) {
    String name = String.valueOf(file.getFileName());
    String kind =
        PATTERNS.keySet().stream()
            .filter(name::contains)
            .findFirst()
            .orElseThrow(() -> new DataException("tokenizer.tiktoken", file, PATTERNS.keySet()));
    Map<String, Integer> ranks = new LinkedHashMap<>();
    int line = 0;
    for (String row : text.split("\n")) {
      line++;
      if (row.isBlank()) {
        continue;
      }
      try {
        String[] both = row.strip().split(" ");
        byte[] bytes = Base64.getDecoder().decode(both[0].getBytes(StandardCharsets.US_ASCII));
        ranks.put(ByteCharacters.of(bytes), Integer.parseInt(both[1]));
      } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
        throw new DataException("tokenizer.tiktoken.line", file, line);
      }
    }
    ObjectNode model = TokenizerJson.bytePairs(ranks, merges(ranks));
    model.put("ignore_merges", true);
    ObjectNode root = TokenizerJson.of(model);
    root.set("pre_tokenizer", split(kind));
    root.set("decoder", TokenizerJson.byteLevel(true, true));
    Integer end = ENDS.get(kind);
    if (end != null && !ranks.containsValue(end)) {
      TokenizerJson.add(root, end, "<|endoftext|>", true);
    }
    return root;
  }

  /** Every way to make a token of two others, in the order of the tokens' ranks. */
  static List<String[]> merges(Map<String, Integer> ranks) {
    record Pair(String left, String right, int rank, int first, int second) {}
    List<Pair> pairs = new ArrayList<>();
    Map<String, Integer> known = new HashMap<>(ranks);
    ranks.forEach(
        (token, rank) -> {
          for (int i = 1; i < token.length(); i++) {
            Integer first = known.get(token.substring(0, i));
            Integer second = known.get(token.substring(i));
            if (first != null && second != null) {
              pairs.add(new Pair(token.substring(0, i), token.substring(i), rank, first, second));
            }
          }
        });
    pairs.sort(
        Comparator.comparingInt(Pair::rank)
            .thenComparingInt(Pair::first)
            .thenComparingInt(Pair::second));
    return pairs.stream().map(pair -> new String[] {pair.left, pair.right}).toList();
  }
}

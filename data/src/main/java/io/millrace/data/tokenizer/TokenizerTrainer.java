package io.millrace.data.tokenizer;

import io.millrace.data.DataException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * Learns a vocabulary from texts: series of bytes (Sennrich et al. 2016; Radford et al. 2019),
 * pieces of words (Wu et al. 2016, as BERT has them), or characters.
 */
public final class TokenizerTrainer {
  private static final Pattern WORDS =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          Pattern.UNICODE_CHARACTER_CLASS);

  /**
   * What to learn.
   *
   * @param size tokens at most, the 256 bytes and special ones included
   * @param special tokens that texts are never cut into, first in the vocabulary
   * @param frequency neighbours that are rarer stay apart
   * @param before special tokens that stand before every text
   * @param after special tokens that stand behind every text
   */
  public record Options(
      int size, List<String> special, long frequency, List<String> before, List<String> after) {
    /** All neighbours count that occur at least twice. */
    public Options(int size, String... special) {
      this(size, List.of(special), 2);
    }

    /** Nothing stands around texts. */
    public Options(int size, List<String> special, long frequency) {
      this(size, special, frequency, List.of(), List.of());
    }

    /** With these tokens around every text. */
    public Options around(List<String> first, List<String> last) {
      return new Options(size, special, frequency, first, last);
    }

    private Map<String, Integer> ids(List<String> some) {
      Map<String, Integer> ids = new LinkedHashMap<>();
      some.forEach(token -> ids.put(token, special.indexOf(token)));
      return ids;
    }

    /** Tells a tokenizer of its special tokens. */
    private void finish(ObjectNode root) {
      special.forEach(token -> TokenizerJson.add(root, special.indexOf(token), token, true));
      if (!before.isEmpty() || !after.isEmpty()) {
        root.set("post_processor", TokenizerJson.around(ids(before), ids(after)));
      }
    }
  }

  private final Options options;
  private final List<String> tokens = new ArrayList<>();

  private TokenizerTrainer(Options options) {
    this.options = options;
    tokens.addAll(options.special);
  }

  /**
   * Learns a byte-level vocabulary: works for any language, since it starts from bytes. The result
   * is the one that the Rust library's {@code BpeTrainer} gives.
   *
   * @param texts read once
   * @throws DataException if the size has no room for the bytes, or there is no text
   */
  public static Tokenizer train(Iterable<String> texts, Options options) {
    if (options.size < 256 + options.special.size()) {
      throw new DataException("tokenizer.size", options.size, 256 + options.special.size());
    }
    return new TokenizerTrainer(options).bytes(texts);
  }

  /**
   * Learns pieces of words in lower case without accents, as BERT's tokenizer cuts them: pieces
   * inside a word begin with {@code ##}, Chinese characters are words. The special tokens must
   * include {@code [UNK]}.
   *
   * @param texts read once
   * @throws DataException if the size has no room for the characters, or there is no text
   */
  public static Tokenizer words(Iterable<String> texts, Options options) {
    return new TokenizerTrainer(options).pieces(texts);
  }

  /** Characters with nothing around texts. */
  public static Tokenizer characters(Iterable<String> texts, List<String> special) {
    return characters(texts, new Options(Integer.MAX_VALUE, special, 1));
  }

  /**
   * A vocabulary of the characters that occur, one token each, in the order of their code points.
   * Others are left out of a text.
   *
   * @param options whose size and frequency do not matter
   */
  public static Tokenizer characters(Iterable<String> texts, Options options) {
    TreeSet<Integer> found = new TreeSet<>();
    for (String text : texts) {
      text.codePoints().forEach(found::add);
    }
    if (found.isEmpty()) {
      throw new DataException("tokenizer.text");
    }
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    options.special.forEach(token -> vocabulary.put(token, vocabulary.size()));
    found.forEach(point -> vocabulary.putIfAbsent(Character.toString(point), vocabulary.size()));
    ObjectNode root = TokenizerJson.of(TokenizerJson.bytePairs(vocabulary, List.of()));
    options.finish(root);
    ObjectNode lines = TokenizerJson.typed("Split");
    lines.putObject("pattern").put("String", "\n");
    lines.put("behavior", "MergedWithPrevious").put("invert", false);
    root.set("pre_tokenizer", lines);
    root.set("decoder", TokenizerJson.typed("Fuse"));
    return Tokenizer.of(root.toString(), "tokenizer.json");
  }

  private Map<String, Integer> vocabulary() {
    Map<String, Integer> all = new LinkedHashMap<>();
    tokens.forEach(token -> all.put(token, all.size()));
    return all;
  }

  private Tokenizer bytes(Iterable<String> texts) {
    Map<Character, Integer> bytes = new HashMap<>();
    for (char one : ByteCharacters.alphabet()) {
      bytes.put(one, tokens.size());
      tokens.add(String.valueOf(one));
    }
    Map<String, Long> frequencies = new HashMap<>();
    for (String text : texts) {
      Matcher word = WORDS.matcher(text);
      while (word.find()) {
        frequencies.merge(word.group(), 1L, Long::sum);
      }
    }
    if (frequencies.isEmpty()) {
      throw new DataException("tokenizer.text");
    }
    PairMerges merges = new PairMerges(tokens, "");
    frequencies.forEach(
        (word, frequency) -> {
          String letters = ByteCharacters.of(word.getBytes(StandardCharsets.UTF_8));
          merges.add(letters.chars().map(letter -> bytes.get((char) letter)).toArray(), frequency);
        });
    List<String[]> joins = merges.merge(options.size, options.frequency);
    ObjectNode root = TokenizerJson.of(TokenizerJson.bytePairs(vocabulary(), joins));
    options.finish(root);
    root.set("pre_tokenizer", TokenizerJson.byteLevel(false, true));
    root.set("decoder", TokenizerJson.byteLevel(true, true));
    return Tokenizer.of(root.toString(), "tokenizer.json");
  }

  private Tokenizer pieces(Iterable<String> texts) {
    Map<String, Long> frequencies = new TreeMap<>();
    try (Tokenizer words = WordPieceFile.words()) {
      for (String text : texts) {
        for (String word : WordPieceFile.split(text, words)) {
          frequencies.merge(word, 1L, Long::sum);
        }
      }
    }
    if (frequencies.isEmpty()) {
      throw new DataException("tokenizer.text");
    }
    TreeSet<String> letters = new TreeSet<>();
    frequencies.keySet().forEach(word -> letters.addAll(letters(word)));
    tokens.addAll(letters);
    if (tokens.size() > options.size) {
      throw new DataException("tokenizer.size", options.size, tokens.size());
    }
    Map<String, Integer> ids = vocabulary();
    PairMerges merges = new PairMerges(tokens, WordPieceFile.INSIDE);
    frequencies.forEach(
        (word, count) -> merges.add(letters(word).stream().mapToInt(ids::get).toArray(), count));
    merges.merge(options.size, options.frequency);
    ObjectNode root = WordPieceFile.of(vocabulary()).json();
    if (!options.before.isEmpty() || !options.after.isEmpty()) {
      root.set(
          "post_processor",
          TokenizerJson.around(options.ids(options.before), options.ids(options.after)));
    }
    return Tokenizer.of(root.toString(), "tokenizer.json");
  }

  /** A word's characters, those inside it marked. */
  private static List<String> letters(String word) {
    List<String> letters = new ArrayList<>();
    word.codePoints()
        .forEach(
            point ->
                letters.add(
                    (letters.isEmpty() ? "" : WordPieceFile.INSIDE) + Character.toString(point)));
    return letters;
  }
}

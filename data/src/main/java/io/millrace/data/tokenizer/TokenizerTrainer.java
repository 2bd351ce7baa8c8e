package io.millrace.data.tokenizer;

import io.millrace.data.DataException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * Learns a byte-level vocabulary from texts (Sennrich et al. 2016; Radford et al. 2019): the most
 * frequent neighbours become a token of their own, again and again. Works for any language, since
 * it starts from bytes. The result is the one that the Rust library's {@code BpeTrainer} gives.
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
   */
  public record Options(int size, List<String> special, long frequency) {
    /** All neighbours count that occur at least twice. */
    public Options(int size, String... special) {
      this(size, List.of(special), 2);
    }
  }

  private record Pair(long key, long count) implements Comparable<Pair> {
    int first() {
      return (int) (key >>> 32);
    }

    int second() {
      return (int) key;
    }

    /** The most frequent first; among equals the one of earlier tokens. */
    @Override
    public int compareTo(Pair other) {
      return count == other.count ? Long.compare(key, other.key) : Long.compare(other.count, count);
    }
  }

  private final Options options;
  private final List<String> tokens = new ArrayList<>();
  private final List<int[]> words = new ArrayList<>();
  private final List<Long> counts = new ArrayList<>();
  private final Map<Long, Long> pairs = new HashMap<>();
  private final Map<Long, Set<Integer>> places = new HashMap<>();

  private TokenizerTrainer(Options options) {
    this.options = options;
  }

  /**
   * Learns a vocabulary.
   *
   * @param texts read once
   * @throws DataException if the size has no room for the bytes, or there is no text
   */
  public static Tokenizer train(Iterable<String> texts, Options options) {
    if (options.size < 256 + options.special.size()) {
      throw new DataException("tokenizer.size", options.size, 256 + options.special.size());
    }
    return new TokenizerTrainer(options).learn(texts);
  }

  /**
   * A vocabulary of the characters that occur, one token each, in the order of their code points.
   * Others are left out of a text.
   *
   * @param special tokens that texts are never cut into, first in the vocabulary
   */
  public static Tokenizer characters(Iterable<String> texts, List<String> special) {
    TreeSet<Integer> found = new TreeSet<>();
    for (String text : texts) {
      text.codePoints().forEach(found::add);
    }
    if (found.isEmpty()) {
      throw new DataException("tokenizer.text");
    }
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    special.forEach(token -> vocabulary.put(token, vocabulary.size()));
    found.forEach(point -> vocabulary.putIfAbsent(Character.toString(point), vocabulary.size()));
    ObjectNode root = TokenizerJson.of(TokenizerJson.bytePairs(vocabulary, List.of()));
    special.forEach(token -> TokenizerJson.add(root, special.indexOf(token), token, true));
    ObjectNode lines = TokenizerJson.typed("Split");
    lines.putObject("pattern").put("String", "\n");
    lines.put("behavior", "MergedWithPrevious").put("invert", false);
    root.set("pre_tokenizer", lines);
    root.set("decoder", TokenizerJson.typed("Fuse"));
    return Tokenizer.of(root.toString(), "tokenizer.json");
  }

  private Tokenizer learn(Iterable<String> texts) {
    tokens.addAll(options.special);
    Map<Character, Integer> bytes = new HashMap<>();
    for (char one : ByteCharacters.alphabet()) {
      bytes.put(one, tokens.size());
      tokens.add(String.valueOf(one));
    }
    count(texts, bytes);
    List<String[]> merges = merge();
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (int id = 0; id < tokens.size(); id++) {
      vocabulary.put(tokens.get(id), id);
    }
    ObjectNode root = TokenizerJson.of(TokenizerJson.bytePairs(vocabulary, merges));
    for (String special : options.special) {
      TokenizerJson.add(root, options.special.indexOf(special), special, true);
    }
    root.set("pre_tokenizer", TokenizerJson.byteLevel(false, true));
    root.set("decoder", TokenizerJson.byteLevel(true, true));
    return Tokenizer.of(root.toString(), "tokenizer.json");
  }

  private void count(Iterable<String> texts, Map<Character, Integer> bytes) {
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
    frequencies.forEach(
        (word, frequency) -> {
          String letters = ByteCharacters.of(word.getBytes(StandardCharsets.UTF_8));
          words.add(letters.chars().map(letter -> bytes.get((char) letter)).toArray());
          counts.add(frequency);
        });
    for (int i = 0; i < words.size(); i++) {
      int[] word = words.get(i);
      for (int j = 0; j + 1 < word.length; j++) {
        change(word[j], word[j + 1], counts.get(i), i);
      }
    }
  }

  private static long key(int first, int second) {
    return (long) first << 32 | second;
  }

  private void change(int first, int second, long by, int word) {
    long key = key(first, second);
    pairs.merge(key, by, Long::sum);
    if (by > 0) {
      places.computeIfAbsent(key, any -> new HashSet<>()).add(word);
    }
  }

  private List<String[]> merge() {
    PriorityQueue<Pair> queue = new PriorityQueue<>();
    pairs.forEach((key, count) -> queue.add(new Pair(key, count)));
    Map<String, Integer> known = new HashMap<>();
    for (int i = 0; i < tokens.size(); i++) {
      known.put(tokens.get(i), i);
    }
    List<String[]> merges = new ArrayList<>();
    while (tokens.size() < options.size && !queue.isEmpty()) {
      Pair best = queue.poll();
      long now = pairs.getOrDefault(best.key, 0L);
      if (now != best.count) {
        // Others took some of these neighbours since; the pair comes again in its place.
        if (now > 0) {
          queue.add(new Pair(best.key, now));
        }
        continue;
      }
      if (now < Math.max(1, options.frequency)) {
        break;
      }
      String left = tokens.get(best.first());
      String right = tokens.get(best.second());
      Integer same = known.get(left + right);
      int made = same == null ? tokens.size() : same;
      if (same == null) {
        tokens.add(left + right);
        known.put(left + right, made);
      }
      merges.add(new String[] {left, right});
      for (long key : replace(best, made)) {
        long count = pairs.getOrDefault(key, 0L);
        if (count > 0) {
          queue.add(new Pair(key, count));
        }
      }
    }
    return merges;
  }

  /** Joins a pair wherever it stands; returns the neighbours that are new. */
  private Set<Long> replace(Pair best, int made) {
    Set<Long> fresh = new HashSet<>();
    Set<Integer> where = places.remove(best.key);
    for (int index : where == null ? Set.<Integer>of() : where) {
      int[] word = words.get(index);
      long count = counts.get(index);
      int[] shorter = new int[word.length];
      int length = 0;
      for (int i = 0; i < word.length; i++) {
        if (i + 1 < word.length && word[i] == best.first() && word[i + 1] == best.second()) {
          if (length > 0) {
            change(shorter[length - 1], best.first(), -count, index);
            change(shorter[length - 1], made, count, index);
            fresh.add(key(shorter[length - 1], made));
          }
          if (i + 2 < word.length) {
            change(best.second(), word[i + 2], -count, index);
            change(made, word[i + 2], count, index);
            fresh.add(key(made, word[i + 2]));
          }
          shorter[length++] = made;
          i++;
        } else {
          shorter[length++] = word[i];
        }
      }
      words.set(index, java.util.Arrays.copyOf(shorter, length));
    }
    pairs.remove(best.key);
    return fresh;
  }
}

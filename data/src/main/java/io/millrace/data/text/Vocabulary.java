package io.millrace.data.text;

import io.millrace.data.DataException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which piece of a text has which id.
 *
 * @param level what a piece is
 * @param pieces by id; word vocabularies begin with the filling and the unknown
 */
public record Vocabulary(Level level, List<String> pieces) {
  /** Fills rows that are too short. */
  public static final String FILLING = "";

  /** Stands for words that the vocabulary lacks. */
  public static final String UNKNOWN = "[UNK]";

  private static final Pattern WORDS =
      Pattern.compile("\\p{IsHan}|[\\p{L}\\p{N}&&[^\\p{IsHan}]]+(?:'\\p{L}+)?|[^\\s\\p{L}\\p{N}]");

  /** What a piece of a text is. */
  public enum Level {
    /** A Unicode character. */
    CHARACTER,
    /** A word in lower case, a Chinese character, or a sign. */
    WORD
  }

  /** Copies the pieces. */
  public Vocabulary {
    pieces = List.copyOf(pieces);
    if (pieces.isEmpty()) {
      throw new DataException("vocabulary.empty");
    }
  }

  /** All characters of a text, in the order of their code points. */
  public static Vocabulary characters(String text) {
    TreeSet<Integer> all = new TreeSet<>();
    text.codePoints().forEach(all::add);
    return new Vocabulary(Level.CHARACTER, all.stream().map(Character::toString).toList());
  }

  /**
   * The most frequent words of texts, after the filling (0) and the unknown (1).
   *
   * @param size at most so many pieces, those two included
   */
  public static Vocabulary words(List<String> texts, int size) {
    Map<String, Integer> counts = new HashMap<>();
    for (String text : texts) {
      split(text).forEach(word -> counts.merge(word, 1, Integer::sum));
    }
    List<String> pieces = new ArrayList<>(List.of(FILLING, UNKNOWN));
    counts.entrySet().stream()
        .sorted(
            Comparator.<Map.Entry<String, Integer>>comparingInt(entry -> -entry.getValue())
                .thenComparing(Map.Entry::getKey))
        .limit(Math.max(0, size - 2))
        .forEach(entry -> pieces.add(entry.getKey()));
    return new Vocabulary(Level.WORD, pieces);
  }

  /** The words and signs of a text. */
  static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORDS.matcher(text.toLowerCase(Locale.ROOT));
    while (matcher.find()) {
      words.add(matcher.group());
    }
    return words;
  }

  /** The number of pieces. */
  public int size() {
    return pieces.size();
  }

  /** A reader of texts; make one and keep it. */
  public Encoder encoder() {
    return new Encoder(this);
  }

  /** The text of ids; words are set apart by blanks. */
  public String decode(int... ids) {
    StringBuilder out = new StringBuilder();
    for (int id : ids) {
      if (id < 0 || id >= pieces.size()) {
        throw new DataException("vocabulary.id", id, pieces.size());
      }
      if (level == Level.WORD && !out.isEmpty()) {
        out.append(' ');
      }
      out.append(pieces.get(id));
    }
    return out.toString();
  }

  /** Turns texts into ids. */
  public static final class Encoder {
    private final Vocabulary vocabulary;
    private final Map<String, Integer> ids = new HashMap<>();

    private Encoder(Vocabulary vocabulary) {
      this.vocabulary = vocabulary;
      for (int id = 0; id < vocabulary.size(); id++) {
        ids.put(vocabulary.pieces.get(id), id);
      }
    }

    /**
     * The ids of a text.
     *
     * @throws DataException if a character is not in the vocabulary; unknown words have an id
     */
    public int[] encode(String text) {
      List<String> parts =
          vocabulary.level == Level.CHARACTER
              ? text.codePoints().mapToObj(Character::toString).toList()
              : split(text);
      int[] encoded = new int[parts.size()];
      for (int i = 0; i < encoded.length; i++) {
        Integer id = ids.get(parts.get(i));
        if (id == null && vocabulary.level == Level.CHARACTER) {
          throw new DataException("vocabulary.character", parts.get(i), i + 1);
        }
        encoded[i] = id == null ? 1 : id;
      }
      return encoded;
    }
  }
}

package io.millrace.data.tokenizer;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.millrace.data.DataException;
import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.json.Json;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Texts to token ids and back, exactly as transformers does it. Safe for many threads at once.
 *
 * <pre>{@code
 * try (Tokenizer tokenizer = Tokenizer.open(Path.of("qwen2"))) {
 *   long[] ids = tokenizer.encode("数据 to model").ids();
 *   String text = tokenizer.decode(ids);
 * }
 * }</pre>
 *
 * <p>Nothing is cut and nothing filled up, whatever the file says: a text that is too long is for
 * the model to refuse.
 */
public final class Tokenizer implements AutoCloseable {
  private final String json;
  private final long handle;
  private final SpecialTokens specials;
  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<Integer, String> tokens = new HashMap<>();
  private final Set<Integer> specialIds = new TreeSet<>();
  private final @Nullable Integer bos;
  private boolean closed;

  Tokenizer(String json, String place, SpecialTokens specials) {
    RustLibrary.load();
    this.json = json;
    this.specials = specials;
    JsonNode root = Json.read(json, place);
    TokenizerCheck.check(root, place);
    readVocabulary(root);
    try {
      handle = TokenizersLibrary.LIB.createTokenizerFromString(json);
      TokenizersLibrary.LIB.disableTruncation(handle);
      TokenizersLibrary.LIB.disablePadding(handle);
    } catch (RuntimeException e) {
      throw new DataException("tokenizer.broken", place, String.valueOf(e.getMessage()));
    }
    for (String special : specials.byRole().values()) {
      Integer id = ids.get(special);
      if (id != null) {
        specialIds.add(id);
      }
    }
    String begin = specials.bos();
    bos = begin == null ? null : ids.get(begin);
  }

  /**
   * Opens a folder ({@code tokenizer.json} or an older form) or a single file: {@code
   * tokenizer.json}, {@code vocab.txt}, {@code *.tiktoken}, a SentencePiece {@code *.model}.
   *
   * @throws DataException if there is none, or it cannot be read
   */
  public static Tokenizer open(Path path) {
    return TokenizerFiles.open(path);
  }

  /** Opens a vocabulary of llama2.c ({@code tokenizer.bin}). */
  public static Tokenizer openLlama2c(Path file) {
    return TokenizerFiles.llama2c(file);
  }

  /** A tokenizer of this {@code tokenizer.json}; {@code place} names it in messages. */
  public static Tokenizer of(String json, String place) {
    return new Tokenizer(json, place, new SpecialTokens(Map.of()));
  }

  private void readVocabulary(JsonNode root) {
    JsonNode vocabulary = root.path("model").path("vocab");
    if (vocabulary.isObject()) {
      vocabulary.properties().forEach(entry -> know(entry.getKey(), entry.getValue().asInt(-1)));
    } else {
      for (int i = 0; i < vocabulary.size(); i++) {
        know(vocabulary.get(i).path(0).asString(""), i);
      }
    }
    for (JsonNode added : root.path("added_tokens")) {
      int id = added.path("id").asInt(-1);
      know(added.path("content").asString(""), id);
      if (added.path("special").asBoolean(false)) {
        specialIds.add(id);
      }
    }
  }

  private void know(String token, int id) {
    ids.put(token, id);
    tokens.put(id, token);
  }

  /** The number of tokens: the largest id and 1. */
  public int size() {
    return tokens.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
  }

  /** The id of a token as the vocabulary spells it; {@code null} if it has none. */
  public @Nullable Integer id(String token) {
    return ids.get(token);
  }

  /** A token as the vocabulary spells it. */
  public @Nullable String token(long id) {
    return tokens.get((int) id);
  }

  /** Whether a token stands for something else than its text. */
  public boolean isSpecial(long id) {
    return specialIds.contains((int) id);
  }

  /** The tokens with a meaning. */
  public SpecialTokens specials() {
    return specials;
  }

  /** A text's tokens, with those that the model expects around it. */
  public Encoding encode(String text) {
    Encoding encoding = encode(text, true);
    // A text that already begins with the token gets no second one.
    if (bos != null
        && encoding.size() > 1
        && encoding.ids()[0] == bos
        && encoding.ids()[1] == bos) {
      return from(encoding, 1);
    }
    return encoding;
  }

  /** A text's tokens and nothing around them, for texts that a chat template made. */
  public Encoding encodePlain(String text) {
    return encode(text, false);
  }

  /** Two texts as one series, as models read a question and a text. */
  public Encoding encode(String first, String second) {
    String one = clean(first);
    String two = clean(second);
    synchronized (this) {
      check();
      return taken(TokenizersLibrary.LIB.encodeDual(handle, one, two, true), one, two);
    }
  }

  private Encoding encode(String text, boolean around) {
    String cleaned = clean(text);
    long encoding;
    check();
    encoding = TokenizersLibrary.LIB.encode(handle, cleaned, around);
    return taken(encoding, cleaned, "");
  }

  /** Half of a surrogate pair is no character and stands for one that is lost. */
  private static String clean(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return new String(
            text.codePoints().map(c -> c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c).toArray(),
            0,
            text.codePointCount(0, text.length()));
      }
    }
    return text;
  }

  private static Encoding taken(long encoding, String first, String second) {
    try {
      long[] ids = TokenizersLibrary.LIB.getTokenIds(encoding);
      long[] types = TokenizersLibrary.LIB.getTypeIds(encoding);
      long[] mask = TokenizersLibrary.LIB.getSpecialTokenMask(encoding);
      CharSpan[] spans = TokenizersLibrary.LIB.getTokenCharSpans(encoding);
      boolean[] special = new boolean[ids.length];
      int[] starts = new int[ids.length];
      int[] ends = new int[ids.length];
      int[] places = places(first);
      int[] others = second.isEmpty() ? places : places(second);
      for (int i = 0; i < ids.length; i++) {
        special[i] = mask[i] == 1;
        int[] of = types[i] == 1 && !second.isEmpty() ? others : places;
        boolean none = special[i] || spans[i] == null;
        starts[i] = none ? -1 : of[Math.min(spans[i].getStart(), of.length - 1)];
        ends[i] = none ? -1 : of[Math.min(spans[i].getEnd(), of.length - 1)];
      }
      return new Encoding(
          ids, TokenizersLibrary.LIB.getTokens(encoding), types, special, starts, ends);
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  /** Where the n-th character (code point) begins, as Java counts. */
  private static int[] places(String text) {
    int[] places = new int[text.codePointCount(0, text.length()) + 1];
    int at = 0;
    for (int i = 0; i < places.length - 1; i++) {
      places[i] = at;
      at += Character.charCount(text.codePointAt(at));
    }
    places[places.length - 1] = text.length();
    return places;
  }

  private static Encoding from(Encoding all, int first) {
    int last = all.size();
    boolean[] special = Arrays.copyOfRange(all.special(), first, last);
    return new Encoding(
        Arrays.copyOfRange(all.ids(), first, last),
        Arrays.copyOfRange(all.tokens(), first, last),
        Arrays.copyOfRange(all.types(), first, last),
        special,
        Arrays.copyOfRange(all.starts(), first, last),
        Arrays.copyOfRange(all.ends(), first, last));
  }

  /** The text of some tokens, without special ones. */
  public String decode(long[] tokenIds) {
    return decode(tokenIds, false);
  }

  /**
   * The text of some tokens.
   *
   * @param keepSpecial whether special tokens are spelled out
   * @throws DataException if an id is negative
   */
  public String decode(long[] tokenIds, boolean keepSpecial) {
    for (long id : tokenIds) {
      if (id < 0 || id > Integer.MAX_VALUE) {
        throw new DataException("tokenizer.id", id);
      }
    }
    check();
    return TokenizersLibrary.LIB.decode(handle, tokenIds, !keepSpecial);
  }

  /** The text of some tokens, without special ones. */
  public String decode(List<Long> tokenIds) {
    return decode(tokenIds.stream().mapToLong(Long::longValue).toArray());
  }

  /** A decoder for tokens that come one by one. */
  public StreamDecoder stream() {
    return new StreamDecoder(this);
  }

  /** The tokenizer as {@code tokenizer.json}. */
  public String json() {
    return json;
  }

  /** Writes {@code tokenizer.json} and {@code tokenizer_config.json} as transformers reads them. */
  public void save(Path folder) {
    AtomicFile.write(folder.resolve("tokenizer.json"), json);
    tools.jackson.databind.node.ObjectNode config = Json.object();
    config.put("tokenizer_class", "PreTrainedTokenizerFast");
    specials.byRole().forEach(config::put);
    AtomicFile.write(folder.resolve("tokenizer_config.json"), Json.pretty(config));
  }

  private void check() {
    if (closed) {
      throw new DataException("tokenizer.closed");
    }
  }

  /** Frees the library's side. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      TokenizersLibrary.LIB.deleteTokenizer(handle);
    }
  }
}

package io.millrace.pipeline.language;

import io.millrace.data.DataException;
import io.millrace.data.chat.ChatFormat;
import io.millrace.data.language.ChatFile;
import io.millrace.data.language.ChatSamples;
import io.millrace.data.language.Conversation;
import io.millrace.data.language.Document;
import io.millrace.data.language.MaskedRows;
import io.millrace.data.language.PackedSamples;
import io.millrace.data.language.PackedTokens;
import io.millrace.data.language.Preference;
import io.millrace.data.language.Preferences;
import io.millrace.data.language.Sample;
import io.millrace.data.language.SampleSet;
import io.millrace.data.language.TextFiles;
import io.millrace.data.language.TokenRows;
import io.millrace.data.language.TokenStore;
import io.millrace.data.language.WordStarts;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import io.millrace.pipeline.PipelineException;
import io.millrace.train.language.BagOfWords;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A spec's files as rows to learn and rows to watch. */
final class TuneData implements AutoCloseable {
  /** Tokens that are turned back into text at once. */
  private static final int PIECE = 8192;

  /** Tokens that a model is given to go on with. */
  private static final int GIVEN = 12;

  private final List<TokenStore> stores = new ArrayList<>();
  private @Nullable TokenRows train;
  private @Nullable TokenRows validation;
  private @Nullable Preferences pairs;
  private @Nullable Preferences heldPairs;
  private @Nullable Sample shown;
  private int leftOut;
  private int cut;
  private long tokens;
  private long learned;
  private double bytes = Double.NaN;
  private List<Asked> asked = List.of();

  /**
   * Reads the files.
   *
   * @param place where the spec's paths begin
   * @param model the folder with the chat template
   * @param work where token files may lie
   */
  static TuneData read(TuneSpec spec, Path place, Path model, Tokenizer tokenizer, Path work) {
    TuneData data = new TuneData();
    try {
      List<Path> files = spec.data().train().stream().map(place::resolve).toList();
      List<Path> held = spec.data().validation().stream().map(place::resolve).toList();
      if (spec.method() == TuneSpec.Method.DPO) {
        data.preferences(spec, files, held, ChatFormat.open(model, tokenizer));
      } else if (spec.task() == TuneSpec.Task.WRITE
          && isChat(spec.data().form(), files.getFirst(), spec.data().key())) {
        data.chat(spec, files, held, ChatFormat.open(model, tokenizer));
      } else {
        data.text(spec, files, held, tokenizer, work);
      }
      return data;
    } catch (RuntimeException e) {
      data.close();
      throw e;
    }
  }

  /** Whether a file's first row is a conversation. */
  private static boolean isChat(TuneSpec.Form form, Path file, String key) {
    if (form != TuneSpec.Form.AUTO) {
      return form == TuneSpec.Form.CHAT;
    }
    String name = String.valueOf(file.getFileName());
    if (name.endsWith(".json")) {
      return !Json.read(file).path(0).has(key);
    }
    if (!name.endsWith(".jsonl")) {
      return false;
    }
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      String line = lines.readLine();
      JsonNode row = line == null ? Json.object() : Json.read(line, file.toString());
      return !row.has(key);
    } catch (IOException e) {
      throw FileException.reading(file, e);
    } catch (Problem e) {
      return true; // says which line is wrong
    }
  }

  private void chat(TuneSpec spec, List<Path> files, List<Path> held, ChatFormat format) {
    List<Conversation> all = new ArrayList<>();
    files.forEach(file -> all.addAll(ChatFile.read(file)));
    List<Conversation> watched = new ArrayList<>();
    held.forEach(file -> watched.addAll(ChatFile.read(file)));
    if (held.isEmpty() && spec.data().held() > 0 && all.size() > 1) {
      Collections.shuffle(all, new Random(spec.seed()));
      int count = Math.max(1, (int) Math.round(all.size() * spec.data().held()));
      watched.addAll(all.subList(0, count));
      all.subList(0, count).clear();
    }
    SampleSet learning = set(spec, all, format);
    leftOut = learning.leftOut();
    cut = learning.cut();
    tokens = learning.tokens();
    learned = learning.learned();
    shown = learning.samples().getFirst();
    int width = spec.data().width();
    train = new PackedSamples(learning.samples(), width, spec.data().packed(), spec.seed());
    if (!watched.isEmpty()) {
      asked = watched.stream().limit(spec.generation().count()).map(Asked::of).toList();
      validation =
          new PackedSamples(
              set(spec, watched, format).samples(), width, spec.data().packed(), spec.seed());
    }
  }

  private void preferences(TuneSpec spec, List<Path> files, List<Path> held, ChatFormat format) {
    List<Preference> all = fitting(spec, files, format);
    List<Preference> watched = fitting(spec, held, format);
    if (held.isEmpty() && spec.data().held() > 0 && all.size() > 1) {
      Collections.shuffle(all, new Random(spec.seed()));
      int count = Math.max(1, (int) Math.round(all.size() * spec.data().held()));
      watched.addAll(all.subList(0, count));
      all.subList(0, count).clear();
    }
    pairs = new Preferences(all, spec.seed());
    heldPairs = watched.isEmpty() ? null : new Preferences(watched, spec.seed());
    shown = all.getFirst().chosen();
    for (Preference pair : all) {
      for (Sample one : List.of(pair.chosen(), pair.rejected())) {
        tokens += one.ids().length;
        learned += one.learned();
      }
    }
  }

  /** The preferences that fit into a row; an answer that was cut would be another one. */
  private List<Preference> fitting(TuneSpec spec, List<Path> files, ChatFormat format) {
    int width = spec.data().width();
    List<Preference> all = new ArrayList<>();
    for (Path file : files) {
      for (Preference pair : Preferences.read(file, format)) {
        int longest = Math.max(pair.chosen().ids().length, pair.rejected().ids().length);
        if (longest <= width) {
          all.add(pair);
        } else if (spec.data().longer() == SampleSet.Longer.REFUSE) {
          throw new DataException("sample.long", longest, width);
        } else {
          leftOut++;
        }
      }
    }
    return all;
  }

  private static SampleSet set(TuneSpec spec, List<Conversation> all, ChatFormat format) {
    ChatSamples samples = new ChatSamples(format);
    List<Sample> made = new ArrayList<>();
    all.forEach(conversation -> made.addAll(samples.of(conversation)));
    return SampleSet.of(made, spec.data().width(), spec.data().longer(), true);
  }

  private void text(
      TuneSpec spec, List<Path> files, List<Path> held, Tokenizer tokenizer, Path work) {
    boolean hides = spec.task() == TuneSpec.Task.MASK;
    TokenStore store = store(spec, files, tokenizer, work.resolve("train.tokens"));
    int width = spec.data().width();
    tokens = store.tokens();
    if (!held.isEmpty()) {
      TokenStore watched = store(spec, held, tokenizer, work.resolve("validation.tokens"));
      watch(spec, watched, tokenizer);
    } else if (spec.data().held() > 0) {
      // The last part, so that nothing of it is learned.
      long cutAt = (long) (store.tokens() * (1 - spec.data().held()));
      if (store.tokens() - cutAt > width) {
        TokenStore watched = store.part(cutAt, store.tokens());
        watch(spec, watched, tokenizer);
        store = store.part(0, cutAt);
      }
    }
    learned = hides ? Math.round(store.tokens() * spec.data().hidden()) : store.tokens() - 1;
    train = rows(spec, store, tokenizer, true);
  }

  private void watch(TuneSpec spec, TokenStore watched, Tokenizer tokenizer) {
    validation = rows(spec, watched, tokenizer, false);
    if (spec.task() == TuneSpec.Task.WRITE) {
      bytes = bytes(watched, tokenizer);
      asked = beginnings(watched, tokenizer, spec.generation().samples());
    }
  }

  /** Some beginnings of texts to go on with. */
  private static List<Asked> beginnings(TokenStore watched, Tokenizer tokenizer, int count) {
    List<Asked> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long from = watched.tokens() / count * i;
      int[] ids = watched.read(from, Math.min(watched.tokens(), from + GIVEN));
      String text = tokenizer.decode(Arrays.stream(ids).asLongStream().toArray()).strip();
      if (!text.isEmpty()) {
        all.add(new Asked(text, List.of(), null));
      }
    }
    return all;
  }

  private static TokenRows rows(
      TuneSpec spec, TokenStore store, Tokenizer tokenizer, boolean moves) {
    TokenRows rows = new PackedTokens(store, spec.data().width(), spec.seed(), moves);
    if (spec.task() != TuneSpec.Task.MASK) {
      return rows;
    }
    Long mask = id(tokenizer.specials().byRole().get("mask_token"), tokenizer);
    if (mask == null) {
      throw new PipelineException("tune.mask");
    }
    return new MaskedRows(
        rows,
        WordStarts.of(tokenizer),
        mask,
        tokenizer.size(),
        spec.data().hidden(),
        moves,
        spec.seed());
  }

  /** The words of whole texts, to be said from their first tokens; absent: they are not. */
  static @Nullable BagOfWords bag(TuneSpec spec, Tokenizer tokenizer) {
    if (spec.train().bag() == 0) {
      return null;
    }
    Long begin = id(tokenizer.specials().byRole().get("cls_token"), tokenizer);
    if (begin == null) {
      throw new PipelineException("tune.begin");
    }
    return new BagOfWords(spec.train().bag(), begin, Sides.special(tokenizer));
  }

  /** Bytes of text for each token. */
  private static double bytes(TokenStore store, Tokenizer tokenizer) {
    long count = 0;
    for (long from = 0; from < store.tokens(); from += PIECE) {
      int[] ids = store.read(from, Math.min(store.tokens(), from + PIECE));
      long[] wide = Arrays.stream(ids).asLongStream().toArray();
      count += tokenizer.decode(wide).getBytes(StandardCharsets.UTF_8).length;
    }
    return (double) count / store.tokens();
  }

  private static @Nullable Long id(@Nullable String token, Tokenizer tokenizer) {
    Integer id = token == null ? null : tokenizer.id(token);
    return id == null ? null : id.longValue();
  }

  private TokenStore store(TuneSpec spec, List<Path> files, Tokenizer tokenizer, Path file) {
    boolean hides = spec.task() == TuneSpec.Task.MASK;
    Map<String, String> roles = tokenizer.specials().byRole();
    Long begin = id(hides ? roles.get("cls_token") : roles.get("bos_token"), tokenizer);
    Long end = id(hides ? roles.get("sep_token") : roles.get("eos_token"), tokenizer);
    try (Stream<Document> texts =
        TextFiles.documents(files, spec.data().key(), spec.data().lines(), spec.data().columns())) {
      TokenStore store = TokenStore.build(texts, tokenizer, begin, end, file);
      stores.add(store);
      return store;
    }
  }

  TokenRows train() {
    return java.util.Objects.requireNonNull(train);
  }

  @Nullable TokenRows validation() {
    return validation;
  }

  /** The preferences to learn; absent where rows are learned. */
  @Nullable Preferences pairs() {
    return pairs;
  }

  /** The preferences to watch. */
  @Nullable Preferences heldPairs() {
    return heldPairs;
  }

  /** How many rows or preferences an epoch has. */
  int count() {
    return pairs == null ? train().count() : pairs.count();
  }

  /** What the model is asked to write in the end. */
  List<Asked> asked() {
    return asked;
  }

  /** Bytes of the watched texts for each token; NaN where conversations are watched. */
  double bytesPerToken() {
    return bytes;
  }

  /** A conversation to show; absent where everything is learned. */
  @Nullable Sample shown() {
    return shown;
  }

  /** Conversations that were too long and left out. */
  int leftOut() {
    return leftOut;
  }

  /** Conversations that were too long and lost their end. */
  int cut() {
    return cut;
  }

  long tokens() {
    return tokens;
  }

  long learned() {
    return learned;
  }

  @Override
  public void close() {
    stores.forEach(TokenStore::close);
  }
}

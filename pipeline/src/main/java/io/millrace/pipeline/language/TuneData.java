package io.millrace.pipeline.language;

import io.millrace.data.DataException;
import io.millrace.data.chat.ChatFormat;
import io.millrace.data.language.ChatFile;
import io.millrace.data.language.ChatSamples;
import io.millrace.data.language.Conversation;
import io.millrace.data.language.Document;
import io.millrace.data.language.PackedSamples;
import io.millrace.data.language.PackedTokens;
import io.millrace.data.language.Preference;
import io.millrace.data.language.Preferences;
import io.millrace.data.language.Sample;
import io.millrace.data.language.SampleSet;
import io.millrace.data.language.TextFiles;
import io.millrace.data.language.TokenRows;
import io.millrace.data.language.TokenStore;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A spec's files as rows to learn and rows to watch. */
final class TuneData implements AutoCloseable {
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
      } else if (isChat(spec.data().form(), files.getFirst(), spec.data().key())) {
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
    int width = java.util.Objects.requireNonNull(spec.data().length());
    train = new PackedSamples(learning.samples(), width, spec.data().packed(), spec.seed());
    if (!watched.isEmpty()) {
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
    int width = java.util.Objects.requireNonNull(spec.data().length());
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
    return SampleSet.of(
        made, java.util.Objects.requireNonNull(spec.data().length()), spec.data().longer(), true);
  }

  private void text(
      TuneSpec spec, List<Path> files, List<Path> held, Tokenizer tokenizer, Path work) {
    TokenStore store = store(spec, files, tokenizer, work.resolve("train.tokens"));
    int width = java.util.Objects.requireNonNull(spec.data().length());
    tokens = store.tokens();
    if (!held.isEmpty()) {
      TokenStore watched = store(spec, held, tokenizer, work.resolve("validation.tokens"));
      validation = new PackedTokens(watched, width, spec.seed(), false);
    } else if (spec.data().held() > 0) {
      // The last part, so that nothing of it is learned.
      long cutAt = (long) (store.tokens() * (1 - spec.data().held()));
      if (store.tokens() - cutAt > width) {
        validation = new PackedTokens(store.part(cutAt, store.tokens()), width, spec.seed(), false);
        store = store.part(0, cutAt);
      }
    }
    learned = store.tokens() - 1;
    train = new PackedTokens(store, width, spec.seed(), true);
  }

  private static @Nullable Long id(@Nullable String token, Tokenizer tokenizer) {
    Integer id = token == null ? null : tokenizer.id(token);
    return id == null ? null : id.longValue();
  }

  private TokenStore store(TuneSpec spec, List<Path> files, Tokenizer tokenizer, Path file) {
    Long begin = id(tokenizer.specials().bos(), tokenizer);
    Long end = id(tokenizer.specials().eos(), tokenizer);
    try (Stream<Document> texts = TextFiles.documents(files, spec.data().key())) {
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

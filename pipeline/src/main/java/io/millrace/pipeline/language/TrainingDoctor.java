package io.millrace.pipeline.language;

import io.millrace.data.chat.ChatFormat;
import io.millrace.data.chat.ChatTemplate;
import io.millrace.data.chat.Message;
import io.millrace.data.language.ChatSamples;
import io.millrace.data.language.Conversation;
import io.millrace.data.language.PackedSamples;
import io.millrace.data.language.Sample;
import io.millrace.data.language.TokenRows;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.data.tokenizer.TokenizerTrainer;
import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.file.FileException;
import io.millrace.ground.message.Problem;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.LoraSpec;
import io.millrace.model.folder.Pretrained;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.Stop;
import io.millrace.train.TrainException;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import io.millrace.train.language.LanguageTrainer;
import io.millrace.train.listener.SaveCheckpoint;
import io.millrace.train.optimizer.AdamW;
import io.millrace.train.optimizer.Sgd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Checks that training does what it should on this machine, with a tiny model of its own: what goes
 * wrong unseen elsewhere. Takes seconds.
 */
public final class TrainingDoctor {
  private static final double SAME = 1e-6;
  private static final double CLOSE = 1e-5;
  private static final int STEPS = 6;
  private static final String CONFIG =
      """
      {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 300,
       "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
       "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128,
       "attention_dropout": %s, "initializer_range": 0.2}
      """;
  private static final String TEMPLATE =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
          + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

  /**
   * A check.
   *
   * @param name of the check, a key of its text
   * @param found what was measured, or what went wrong
   */
  public record Check(String name, boolean ok, String found) {}

  private interface Look {
    /** What was found; throws where it is not as it should be. */
    String look() throws IOException;
  }

  private static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1;

    Wrong(String message) {
      super(message);
    }
  }

  private final Path work;
  private final @Nullable Path folder;
  private final List<Check> checks = new ArrayList<>();

  private TrainingDoctor(Path work, @Nullable Path folder) {
    this.work = work;
    this.folder = folder;
  }

  /**
   * Runs all checks.
   *
   * @param folder a model whose tokenizer and chat template are checked; absent: one of its own
   */
  public static List<Check> examine(@Nullable Path folder) {
    Path work = null;
    try {
      work = Files.createTempDirectory("millrace-doctor");
      TrainingDoctor doctor = new TrainingDoctor(work, folder);
      doctor.all();
      return List.copyOf(doctor.checks);
    } catch (IOException e) {
      throw FileException.writing(work == null ? Path.of(".") : work, e);
    } finally {
      if (work != null) {
        remove(work);
      }
    }
  }

  private static void remove(Path folder) {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw FileException.writing(folder, e);
    }
  }

  private void all() {
    AtomicFile.write(place("plain").resolve("config.json"), CONFIG.formatted("0.0"));
    AtomicFile.write(place("dropping").resolve("config.json"), CONFIG.formatted("0.2"));
    check("accumulation", this::accumulation);
    check("packing", this::packing);
    check("resume", this::resume);
    check("normalisation", this::normalisation);
    check("checkpointing", this::recomputing);
    check("frozen", this::frozen);
    check("merge", this::merge);
    check("mask", this::mask);
    check("prompt", this::prompt);
  }

  private Path place(String name) {
    try {
      return Files.createDirectories(work.resolve(name));
    } catch (IOException e) {
      throw FileException.writing(work, e);
    }
  }

  private void check(String name, Look look) {
    try {
      checks.add(new Check(name, true, look.look()));
    } catch (Problem | Wrong | IOException e) {
      checks.add(new Check(name, false, String.valueOf(e.getMessage())));
    }
  }

  private static String within(double apart, double most) {
    String found = String.format(java.util.Locale.ROOT, "%.1e", apart);
    if (!(apart <= most)) {
      throw new Wrong(found + " > " + most);
    }
    return found;
  }

  /** Samples of different lengths, the same every time. */
  private static List<Sample> samples(int count) {
    Random random = new Random(5);
    List<Sample> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] ids = new int[4 + random.nextInt(24)];
      Arrays.setAll(ids, j -> 3 + random.nextInt(290));
      boolean[] learned = new boolean[ids.length];
      Arrays.fill(learned, random.nextInt(3), learned.length, true);
      all.add(new Sample(ids, learned));
    }
    return all;
  }

  private static TokenRows rows(int count, boolean packed) {
    return new PackedSamples(samples(count), 64, packed, 1);
  }

  private interface Setting {
    LanguageTrainer on(LanguageTrainer trainer);
  }

  /** The weights after a training. */
  private Map<String, float[]> trained(String model, TokenRows rows, Setting setting) {
    try (Pretrained fresh = Pretrained.fresh(work.resolve(model), 1)) {
      setting.on(LanguageTrainer.of(fresh).optimizer(new Sgd(0.5, 0, false, 0))).fit(rows);
      return numbers(fresh.weights());
    }
  }

  private static Map<String, float[]> numbers(Map<String, Tensor> weights) {
    Map<String, float[]> all = new LinkedHashMap<>();
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      weights.forEach((name, weight) -> all.put(name, weight.toFloats()));
    }
    return all;
  }

  private static double apart(Map<String, float[]> one, Map<String, float[]> other) {
    double largest = 0;
    for (Map.Entry<String, float[]> entry : one.entrySet()) {
      float[] values = entry.getValue();
      float[] others = java.util.Objects.requireNonNull(other.get(entry.getKey()));
      for (int i = 0; i < values.length; i++) {
        largest = Math.max(largest, Math.abs((double) values[i] - others[i]));
      }
    }
    return largest;
  }

  /** 1 × 16 rows equal 16 × 1, whatever their lengths. */
  private String accumulation() {
    TokenRows rows = rows(48, false);
    return within(
        apart(
            trained("plain", rows, trainer -> trainer.batch(16)),
            trained("plain", rows, trainer -> trainer.batch(1).accumulate(16))),
        CLOSE);
  }

  /** Several texts in a row equal as many rows. */
  private String packing() {
    TokenRows apart = rows(24, false);
    TokenRows packed = rows(24, true);
    return packed.count()
        + " / "
        + apart.count()
        + ", "
        + within(
            apart(
                trained("plain", apart, trainer -> trainer.batch(24)),
                trained("plain", packed, trainer -> trainer.batch(24))),
            CLOSE);
  }

  /** Interrupted in the middle of an epoch and resumed: bit for bit as without. */
  private String resume() {
    TokenRows rows = rows(8 * STEPS, false);
    Path file = work.resolve("checkpoint.safetensors");
    Setting straight = trainer -> adam(trainer);
    Map<String, float[]> whole = trained("dropping", rows, straight);
    Stop stop = new Stop();
    try {
      trained(
          "dropping",
          rows,
          trainer ->
              adam(trainer)
                  .stopOn(stop)
                  .listeners(new SaveCheckpoint(file))
                  .listeners(
                      new TrainingListener() {
                        @Override
                        public void stepped(Training training) {
                          if (training.totalSteps() == STEPS / 2) {
                            stop.request();
                          }
                        }
                      }));
      throw new Wrong("not interrupted");
    } catch (TrainException e) {
      if (!e.key().equals("interrupted")) {
        throw e;
      }
    }
    double off = apart(whole, trained("dropping", rows, trainer -> adam(trainer).resume(file)));
    return within(off, 0);
  }

  private static LanguageTrainer adam(LanguageTrainer trainer) {
    return trainer.optimizer(new AdamW(0.01, 0.1, 0.9, 0.99, 1e-8)).batch(8);
  }

  /** The loss is the mean over tokens, not over rows. */
  private String normalisation() {
    List<Sample> two = samples(2);
    try (Pretrained model = Pretrained.fresh(work.resolve("plain"), 1)) {
      LanguageTrainer trainer = LanguageTrainer.of(model).batch(2);
      double both = trainer.evaluate(new PackedSamples(two, 64, false, 1));
      double sum = 0;
      double count = 0;
      for (Sample one : two) {
        sum += trainer.evaluate(new PackedSamples(List.of(one), 64, false, 1)) * one.learned();
        count += one.learned();
      }
      return within(Math.abs(both - sum / count), CLOSE);
    }
  }

  /** Blocks computed twice give the same weights. */
  private String recomputing() {
    TokenRows rows = rows(16, true);
    return within(
        apart(
            trained("dropping", rows, trainer -> trainer.batch(4)),
            trained("dropping", rows, trainer -> trainer.batch(4).checkpointing(true))),
        SAME);
  }

  /** What is frozen, and everything under an adapter, keeps every bit. */
  private String frozen() {
    TokenRows rows = rows(16, true);
    try (Pretrained model = Pretrained.fresh(work.resolve("plain"), 1)) {
      Map<String, float[]> before = numbers(model.weights());
      LanguageTrainer.of(model).freeze(List.of("embedding*", "blocks.0.*")).epochs(2).fit(rows);
      Map<String, float[]> after = numbers(model.weights());
      Map<String, float[]> kept = new LinkedHashMap<>(before);
      kept.keySet().removeIf(name -> !name.matches("embedding.*|blocks\\.0\\..*"));
      if (apart(before, after) == 0) {
        throw new Wrong("nothing changed");
      }
      within(apart(kept, after), 0);
    }
    try (Pretrained model = Pretrained.fresh(work.resolve("plain"), 1);
        Adapter adapter = Adapter.fresh(model, LoraSpec.usual(), 1)) {
      Map<String, float[]> before = numbers(model.weights());
      LanguageTrainer.of(model).adapter(adapter).epochs(2).fit(rows);
      return within(apart(before, numbers(model.weights())), 0);
    }
  }

  /** An adapter put into the weights gives the same scores, and comes out again. */
  private String merge() {
    try (Pretrained model = Pretrained.fresh(work.resolve("plain"), 1);
        Adapter adapter = Adapter.fresh(model, LoraSpec.usual(), 1);
        Scope scope = Scope.open()) {
      LanguageTrainer.of(model)
          .adapter(adapter)
          .optimizer(new AdamW(0.05, 0, 0.9, 0.99, 1e-8))
          .epochs(2)
          .fit(rows(16, true));
      Tensor ids = Tensors.of(new long[] {5, 9, 200, 31, 7, 64, 128, 250}, 1, 8);
      Tensor apart = logits(model, ids);
      adapter.merge();
      double merged = logits(model, ids).sub(apart).abs().reshape(-1).amax(0).item();
      adapter.unmerge();
      double back = logits(model, ids).sub(apart).abs().reshape(-1).amax(0).item();
      return within(Math.max(merged, back), 10 * CLOSE);
    }
  }

  private static Tensor logits(Pretrained model, Tensor ids) {
    return java.util.Objects.requireNonNull(model.forward(Inputs.ids(ids)).get("logits"));
  }

  private static final List<Message> TALK =
      List.of(
          Message.user("What turns the mill?"),
          Message.assistant("The river does."),
          Message.user("河水干了呢？"),
          Message.assistant("那就等雨。"));

  private ChatFormat format() {
    if (folder != null) {
      return ChatFormat.open(folder, Tokenizer.open(folder));
    }
    Tokenizer tokenizer =
        TokenizerTrainer.train(
            List.of("The river turns the mill."),
            new TokenizerTrainer.Options(300, "<|im_start|>", "<|im_end|>"));
    return new ChatFormat(tokenizer, ChatTemplate.of(TEMPLATE, Map.of()));
  }

  /** Exactly the answers are learned, each with the token that ends it. */
  private String mask() {
    ChatFormat format = format();
    try (Tokenizer tokenizer = format.tokenizer()) {
      List<String> answers = new ArrayList<>();
      int stops = 0;
      for (Sample sample : new ChatSamples(format).of(new Conversation("doctor", TALK))) {
        for (MarkedText text : MarkedText.of(sample, tokenizer)) {
          if (text.learned()) {
            answers.add(text.text());
          }
        }
        stops += stops(sample, tokenizer);
      }
      String all = String.join(" | ", answers).replace("\n", "⏎");
      boolean right =
          answers.size() == 2
              && answers.get(0).contains("The river does.")
              && answers.get(1).contains("那就等雨。")
              && !all.contains("What turns")
              && stops == 2;
      if (!right) {
        throw new Wrong(all);
      }
      return all;
    }
  }

  /** How many learned stretches end with a special token. */
  private static int stops(Sample sample, Tokenizer tokenizer) {
    int count = 0;
    for (int i = 0; i < sample.ids().length; i++) {
      boolean last =
          sample.trained()[i] && (i + 1 == sample.ids().length || !sample.trained()[i + 1]);
      count += last && tokenizer.isSpecial(sample.ids()[i]) ? 1 : 0;
    }
    return count;
  }

  /** What stands before an answer in training is what serving asks with. */
  private String prompt() {
    ChatFormat format = format();
    try (Tokenizer tokenizer = format.tokenizer()) {
      List<Sample> samples =
          new ChatSamples(format).of(new Conversation("doctor", TALK.subList(0, 2)));
      Sample sample = samples.getFirst();
      long[] served = format.ids(TALK.subList(0, 1), ChatTemplate.Options.PROMPT);
      int first = 0;
      while (first < sample.ids().length && !sample.trained()[first]) {
        first++;
      }
      long[] before = Arrays.stream(sample.ids()).limit(first).asLongStream().toArray();
      if (!Arrays.equals(before, served)) {
        throw new Wrong(tokenizer.decode(before, true) + " ≠ " + tokenizer.decode(served, true));
      }
      return served.length + "";
    }
  }
}

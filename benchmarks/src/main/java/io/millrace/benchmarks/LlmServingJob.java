package io.millrace.benchmarks;

import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.json.Json;
import io.millrace.model.architecture.CausalModel;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.generation.Choice;
import io.millrace.model.generation.Guide;
import io.millrace.model.generation.Sampling;
import io.millrace.serve.ServeException;
import io.millrace.serve.engine.LanguageEngine;
import io.millrace.serve.engine.Listener;
import io.millrace.serve.engine.Order;
import io.millrace.serve.worker.Loading;
import io.millrace.tensor.DType;
import io.millrace.tensor.NarrowWeight;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Millrace's side of {@link LlmServing}: one measurement of a random model of Qwen2.5-0.5B's shape,
 * printed as one line of JSON. Arguments: what to measure, a folder, and {@code int8} or {@code
 * int4}.
 */
final class LlmServingJob {
  private static final int VOCABULARY = 150_000;
  private static final String CONFIG =
      """
      {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "vocab_size": 151936,
       "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
       "num_attention_heads": 14, "num_key_value_heads": 2, "max_position_embeddings": 4096,
       "tie_word_embeddings": true, "rope_theta": 1000000.0, "rms_norm_eps": 1e-6}
      """;

  private final LanguageEngine engine;

  private LlmServingJob(LanguageEngine engine) {
    this.engine = engine;
  }

  public static void main(String[] arguments) throws Exception {
    String work = arguments[0];
    Path folder = Path.of(arguments[1]).resolve("bf16");
    String told = System.getenv(Side.STARTED); // by hand it counts from here
    long begun = told == null ? System.currentTimeMillis() : Long.parseLong(told);
    if (!Files.exists(folder.resolve("model.safetensors"))) {
      Path config = Files.createDirectories(folder.resolveSibling("fresh"));
      AtomicFile.write(config.resolve("config.json"), CONFIG);
      Loading.on(() -> fresh(config, folder));
    }
    if (work.equals("make")) {
      System.out.println(Json.text(Json.object().put("made", true)));
      return;
    }
    // As the worker does: on a thread that has ended when the engine begins.
    Pretrained model = Loading.on(() -> opened(folder, arguments[2]));
    CausalModel causal = (CausalModel) model.architecture();
    // Greedy texts of random models soon repeat themselves: only one work is to gain from that.
    LanguageEngine.Options options =
        new LanguageEngine.Options(32, 16_384, 512, 256, true, work.equals("repeats") ? 8 : 0);
    try (model;
        LanguageEngine engine = LanguageEngine.start("bench", causal, DType.BFLOAT16, options)) {
      LlmServingJob job = new LlmServingJob(engine);
      job.write(prompt(1, 0), 1).await();
      double ready = (System.currentTimeMillis() - begun) / 1000.0;
      job.write(prompt(64, 99), 192).await(); // what runs often is compiled by now
      System.out.println(Json.text(Json.object().put("value", job.measure(work, ready))));
    }
  }

  private static boolean fresh(Path config, Path folder) {
    try (Pretrained made = Pretrained.fresh(config, 7)) {
      made.save(folder.resolveSibling("float32"));
    }
    try (Pretrained half = Pretrained.open(folder.resolveSibling("float32"), DType.BFLOAT16)) {
      half.save(folder);
    }
    return true;
  }

  private static Pretrained opened(Path folder, String bits) {
    Pretrained model = Pretrained.open(folder);
    ((CausalModel) model.architecture())
        .narrow(NarrowWeight.Kind.valueOf(bits.toUpperCase(Locale.ROOT)));
    return model;
  }

  private static long[] prompt(int length, long seed) {
    return new Random(seed).longs(length, 0, VOCABULARY).toArray();
  }

  /** A text on its way, with the times of its tokens. */
  private static final class Text implements Listener {
    final CompletableFuture<Void> end = new CompletableFuture<>();
    final List<Long> times = new ArrayList<>();

    @Override
    public boolean token(int copy, Choice choice) {
      times.add(System.nanoTime());
      return true;
    }

    @Override
    public void finished(int copy, Finish finish) {
      end.complete(null);
    }

    @Override
    public void failed(RuntimeException problem) {
      end.completeExceptionally(problem);
    }

    Text await() {
      end.join();
      return this;
    }
  }

  private Text write(long[] prompt, int tokens) {
    return write(Order.of(prompt, Sampling.greedy(tokens)));
  }

  private Text write(Order order) {
    Text text = new Text();
    try {
      engine.submit(order, text);
    } catch (ServeException e) {
      text.failed(e);
    }
    return text;
  }

  private double measure(String work, double ready) {
    return switch (work) {
      case "ready" -> ready;
      case "decode" -> warmRate(1);
      case "repeats" -> repeated();
      case "streams" -> warmRate(8);
      case "prefill" -> {
        long begun = System.nanoTime();
        Text text = write(prompt(512, 1), 1).await();
        yield 512 / ((text.times.getFirst() - begun) / 1e9);
      }
      case "prefix" -> prefix();
      default -> firstTokens();
    };
  }

  /** The third of three times: by then what runs often in Java is compiled for good. */
  private double warmRate(int count) {
    rate(count);
    rate(count);
    return rate(count);
  }

  /** Tokens a second of several texts, from the moment when all of them are being written. */
  private double rate(int count) {
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(write(prompt(64, i), 96));
    }
    texts.forEach(Text::await);
    long from = texts.stream().mapToLong(text -> text.times.getFirst()).max().orElseThrow();
    long to = texts.stream().mapToLong(text -> text.times.getLast()).min().orElseThrow();
    long written =
        texts.stream()
            .mapToLong(text -> text.times.stream().filter(t -> t > from && t <= to).count())
            .sum();
    return written / ((to - from) / 1e9);
  }

  /** Only one token may come next: a random model repeats nothing by itself, so it is led to. */
  private static final class Again implements Guide {
    private static final int PERIOD = 40;
    private int written;

    @Override
    public void narrow(float[] scores, Set<Long> ends, int left) {
      Arrays.fill(scores, Float.NEGATIVE_INFINITY);
      scores[1000 + written % PERIOD] = 0;
    }

    @Override
    public void take(long id) {
      written++;
    }

    @Override
    public boolean isOver() {
      return false;
    }
  }

  /** Tokens a second of a text that repeats 40 tokens, four times, the first time unknown. */
  private double repeated() {
    double rate = 0;
    for (int i = 0; i < 3; i++) { // the last one counts: steps of eight rows are warm then too
      Order order =
          new Order(prompt(64, i), Sampling.greedy(160), 1, "", 0, null, Again::new, null);
      List<Long> times = write(order).await().times;
      rate = (times.size() - 1) / ((times.getLast() - times.getFirst()) / 1e9);
    }
    return rate;
  }

  /**
   * Seconds to the first token without knowing 200 tokens of the prompt, by those with; medians.
   */
  private double prefix() {
    long[] known = prompt(200, 1);
    first(joined(known, prompt(8, 2)));
    int rounds = 5;
    double[] without = new double[rounds];
    double[] with = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      without[i] = first(joined(prompt(200, 10 + i), prompt(8, 20 + i)));
      with[i] = first(joined(known, prompt(8, 30 + i)));
    }
    return LmInference.median(without) / LmInference.median(with);
  }

  private static long[] joined(long[] first, long[] second) {
    long[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private double first(long[] prompt) {
    long begun = System.nanoTime();
    return (write(prompt, 1).await().times.getFirst() - begun) / 1e9;
  }

  /** 95th percentile of the seconds to the first token of 16 prompts at once, eight in work. */
  private double firstTokens() {
    long begun = System.nanoTime();
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      texts.add(write(prompt(256, i), 32));
    }
    double[] seconds =
        texts.stream()
            .mapToDouble(text -> (text.await().times.getFirst() - begun) / 1e9)
            .sorted()
            .toArray();
    return seconds[(int) Math.ceil(0.95 * seconds.length) - 1];
  }
}

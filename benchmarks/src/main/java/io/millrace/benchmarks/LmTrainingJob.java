package io.millrace.benchmarks;

import io.millrace.data.language.PackedSamples;
import io.millrace.data.language.Sample;
import io.millrace.data.language.TokenRows;
import io.millrace.ground.json.Json;
import io.millrace.model.folder.Pretrained;
import io.millrace.train.Precision;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import io.millrace.train.language.LanguageTrainer;
import io.millrace.train.optimizer.AdamW;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;

/** Millrace's side of {@code bench lm-training}. Arguments: the work, packed or padded. */
public final class LmTrainingJob {
  private static final int SAMPLES = 512;
  private static final int ROW = 512;

  private LmTrainingJob() {}

  /** Measures and prints a JSON object. */
  public static void main(String[] arguments) throws IOException {
    Map<String, Object> measured =
        switch (arguments[0]) {
          case "gpt-4x128" -> {
            List<Sample> rows = samples(2400, 64, 64, 65);
            yield train(gpt(4, 128, 4, 64, 65), rows, 64, false, 12, Precision.FLOAT32, 400, 200);
          }
          case "gpt-6x384-bf16" -> {
            List<Sample> rows = samples(400, 256, 256, 65);
            yield train(gpt(6, 384, 6, 256, 65), rows, 256, false, 8, Precision.BF16, 15, 25);
          }
          case "long-sample" -> {
            List<Sample> rows = samples(4, 2048, 2048, 151_936);
            yield train(qwen(), rows, 2048, false, 1, Precision.FLOAT32, 1, 2);
          }
          case "steps" -> Map.of("growth", growth());
          default -> {
            boolean packed = arguments[1].equals("packed");
            List<Sample> rows =
                arguments[0].equals("instructions")
                    ? samples(SAMPLES, LmTrainingJob::instruction, 8000)
                    : samples(SAMPLES, 8, 120, 8000);
            yield train(llama(), rows, ROW, packed, packed ? 4 : 32, Precision.FLOAT32, 3, 8);
          }
        };
    System.out.println(Json.text(measured));
  }

  private static String gpt(int layers, int hidden, int heads, int context, int vocabulary) {
    return """
        {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": %d,
         "n_embd": %d, "n_layer": %d, "n_head": %d, "n_positions": %d, "n_ctx": %d,
         "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
        """
        .formatted(vocabulary, hidden, layers, heads, context, context);
  }

  private static String qwen() {
    return """
        {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "vocab_size": 151936,
         "hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 4,
         "num_attention_heads": 8, "num_key_value_heads": 2, "tie_word_embeddings": true,
         "max_position_embeddings": 4096}
        """;
  }

  private static String llama() {
    return """
        {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 8000,
         "hidden_size": 256, "intermediate_size": 704, "num_hidden_layers": 4,
         "num_attention_heads": 4, "num_key_value_heads": 4, "tie_word_embeddings": true,
         "max_position_embeddings": 512}
        """;
  }

  /** Samples of lengths between two, the same in Python. */
  private static List<Sample> samples(int count, int shortest, int longest, int vocabulary) {
    return samples(count, i -> shortest + (int) (37L * i % (longest - shortest + 1)), vocabulary);
  }

  /**
   * Exponential lengths of mean 72: in batches of 32 the longest has four times the mean, as in the
   * hand-written tasks of Self-Instruct (4.2 and 4.1).
   */
  private static int instruction(int i) {
    double share = (37 * i % SAMPLES + 0.5) / SAMPLES;
    return Math.min(ROW, (int) (8 - 64 * Math.log(1 - share)));
  }

  private static List<Sample> samples(int count, IntUnaryOperator lengths, int vocabulary) {
    Random random = new Random(1);
    List<Sample> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] ids = new int[lengths.applyAsInt(i)];
      Arrays.setAll(ids, j -> random.nextInt(vocabulary));
      all.add(Sample.whole(ids));
    }
    return all;
  }

  private static Map<String, Object> train(
      String config,
      List<Sample> samples,
      int width,
      boolean packed,
      int batch,
      Precision precision,
      int warm,
      int measured)
      throws IOException {
    Path folder = Files.createTempDirectory("millrace-bench");
    Files.writeString(folder.resolve("config.json"), config);
    TokenRows rows = new PackedSamples(samples, width, packed, 1);
    long tokens = samples.stream().mapToLong(sample -> sample.ids().length).sum();
    double perRow = (double) tokens / rows.count();
    double[] seconds = new double[2];
    try (Pretrained model = Pretrained.fresh(folder, 1)) {
      LanguageTrainer.of(model)
          .optimizer(new AdamW(1e-3, 0.1, 0.9, 0.99, 1e-8))
          .batch(batch)
          .steps(warm + measured)
          .precision(precision)
          .listeners(
              new TrainingListener() {
                @Override
                public void stepped(Training training) {
                  if (training.totalSteps() == warm) {
                    seconds[0] = System.nanoTime() / 1e9;
                  }
                  seconds[1] = System.nanoTime() / 1e9;
                }
              })
          .fit(rows);
    }
    double rate = measured * batch * perRow / (seconds[1] - seconds[0]);
    return Map.of("rate", rate, "megabytes", status("VmHWM") / 1024.0);
  }

  /** Megabytes that a small training holds more after 10,000 steps than after 2,000. */
  private static double growth() throws IOException {
    Path folder = Files.createTempDirectory("millrace-bench");
    Files.writeString(folder.resolve("config.json"), gpt(2, 32, 2, 32, 65));
    TokenRows rows = new PackedSamples(samples(400, 8, 32, 65), 32, true, 1);
    long[] held = new long[2];
    try (Pretrained model = Pretrained.fresh(folder, 1)) {
      LanguageTrainer.of(model)
          .optimizer(new AdamW(1e-3, 0.1, 0.9, 0.99, 1e-8))
          .batch(2)
          .steps(10_000)
          .listeners(
              new TrainingListener() {
                @Override
                public void stepped(Training training) {
                  long step = training.totalSteps();
                  if (step == 2000 || step == 10_000) {
                    System.gc();
                    held[step == 2000 ? 0 : 1] = status("VmRSS");
                  }
                }
              })
          .fit(rows);
    }
    return (held[1] - held[0]) / 1024.0;
  }

  /** What the system says of this process's memory, in KB. */
  private static long status(String key) {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

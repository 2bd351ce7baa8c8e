package io.millrace.benchmarks;

import io.millrace.benchmarks.Benchmark.Setting;
import io.millrace.benchmarks.Benchmark.Table;
import io.millrace.ground.file.FileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Language models served here in eight bits and by llama.cpp in Q8_0, engine beside engine, sides
 * in turn. The peer is {@code llama-cpp-python}, installed from source with native flags.
 */
final class LlmServing {
  private static final String SCRIPT = "llm_serving_llama.py";

  /** What is measured, and how it is told. */
  private static final Map<String, String> WORKS = new LinkedHashMap<>();

  static {
    WORKS.put("decode", "one text, tokens/s");
    WORKS.put("streams", "eight texts, tokens/s");
    WORKS.put("prefill", "prompt of 512, tokens/s");
    WORKS.put("first", "first token of 16 prompts, s (95 %)");
    WORKS.put("prefix", "first token, 200 tokens known, times quicker");
    WORKS.put("ready", "start to first token, s");
  }

  private LlmServing() {}

  static Table run(Setting setting) {
    Path python = MnistPerceptron.python(setting.python());
    Path folder;
    try {
      folder = setting.data() == null ? Files.createTempDirectory("millrace-llm") : setting.data();
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw FileException.writing(Path.of(System.getProperty("java.io.tmpdir")), e);
    }
    String place = folder.toString();
    setting.told().accept("two random models in " + place);
    if (!Files.exists(folder.resolve("Q8_0.gguf"))) {
      Side.python("llama.cpp", python, SCRIPT, "make", place, "Q8_0").run();
    }
    Side.java("Millrace", LlmServingJob.class, "make", place).run();
    List<List<String>> rows = new ArrayList<>();
    WORKS.forEach((work, told) -> rows.add(compare(work, told, python, place, setting)));
    return new Table(
        "llm-serving",
        List.of("work", "Millrace int8", "llama.cpp Q8_0", "Millrace / llama.cpp", "all rounds"),
        rows);
  }

  private static List<String> compare(
      String work, String told, Path python, String folder, Setting setting) {
    Side ours = Side.java("Millrace", LlmServingJob.class, work, folder);
    Side theirs = Side.python("llama.cpp", python, SCRIPT, work, folder, "Q8_0");
    int rounds = setting.rounds();
    double[] mine = new double[rounds];
    double[] other = new double[rounds];
    double[] ratios = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      mine[round] = ours.run().path("value").doubleValue();
      other[round] = theirs.run().path("value").doubleValue();
      ratios[round] = mine[round] / other[round];
      setting
          .told()
          .accept(
              "%d/%d  %-8s %8.2f  llama.cpp %8.2f"
                  .formatted(round + 1, rounds, work, mine[round], other[round]));
    }
    List<String> all = new ArrayList<>();
    for (double ratio : ratios) {
      all.add(Benchmark.number(ratio, 2));
    }
    return List.of(
        told,
        Benchmark.number(LmInference.median(mine), 2),
        Benchmark.number(LmInference.median(other), 2),
        Benchmark.number(LmInference.median(ratios), 2),
        String.join(" ", all));
  }
}

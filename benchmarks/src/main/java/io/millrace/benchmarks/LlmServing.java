package io.millrace.benchmarks;

import io.millrace.benchmarks.Benchmark.Setting;
import io.millrace.benchmarks.Benchmark.Table;
import io.millrace.ground.file.FileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Language models served here in eight or four bits and by llama.cpp in Q8_0 or Q4_0, engine beside
 * engine, sides in turn. The peer is {@code llama-cpp-python}, installed from source with native
 * flags.
 */
final class LlmServing {
  private static final String SCRIPT = "llm_serving_llama.py";

  /**
   * What is measured.
   *
   * @param name as both programs know it
   * @param told in the table
   * @param bits ours
   * @param kind theirs
   */
  private record Work(String name, String told, String bits, String kind) {}

  private static final List<Work> WORKS =
      List.of(
          new Work("decode", "one text, tokens/s", "int8", "Q8_0"),
          new Work(
              "repeats", "one text that repeats 40 tokens, with guesses, tokens/s", "int8", "Q8_0"),
          new Work("streams", "eight texts, tokens/s", "int8", "Q8_0"),
          new Work("prefill", "prompt of 512, tokens/s", "int8", "Q8_0"),
          new Work("first", "first token of 16 prompts, s (95 %)", "int8", "Q8_0"),
          new Work("prefix", "first token, 200 tokens known, times quicker", "int8", "Q8_0"),
          new Work("ready", "start to first token, s", "int8", "Q8_0"),
          new Work("decode", "one text in four bits, tokens/s", "int4", "Q4_0"),
          new Work("streams", "eight texts in four bits, tokens/s", "int4", "Q4_0"));

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
    for (String kind : List.of("Q8_0", "Q4_0")) {
      if (!Files.exists(folder.resolve(kind + ".gguf"))) {
        Side.python("llama.cpp", python, SCRIPT, "make", place, kind).run();
      }
    }
    Side.java("Millrace", LlmServingJob.class, "make", place, "int8").run();
    List<List<String>> rows = new ArrayList<>();
    WORKS.forEach(work -> rows.add(compare(work, python, place, setting)));
    return new Table(
        "llm-serving",
        List.of("work", "Millrace", "llama.cpp", "Millrace / llama.cpp", "all rounds"),
        rows);
  }

  private static List<String> compare(Work work, Path python, String folder, Setting setting) {
    Side ours = Side.worker("Millrace", LlmServingJob.class, work.name, folder, work.bits);
    // It guesses nothing unless it is asked to, so a text that repeats itself is like any other.
    String same = work.name.equals("repeats") ? "decode" : work.name;
    Side theirs = Side.python("llama.cpp", python, SCRIPT, same, folder, work.kind);
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
                  .formatted(round + 1, rounds, work.name, mine[round], other[round]));
    }
    List<String> all = new ArrayList<>();
    for (double ratio : ratios) {
      all.add(Benchmark.number(ratio, 2));
    }
    return List.of(
        work.told,
        Benchmark.number(LmInference.median(mine), 2),
        Benchmark.number(LmInference.median(other), 2),
        Benchmark.number(LmInference.median(ratios), 2),
        String.join(" ", all));
  }
}

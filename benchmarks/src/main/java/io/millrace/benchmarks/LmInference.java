package io.millrace.benchmarks;

import io.millrace.benchmarks.Benchmark.Setting;
import io.millrace.benchmarks.Benchmark.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Random models of published shapes here and in transformers, sides in turn: tokens read and
 * written in a second, sentences and pictures.
 */
final class LmInference {
  private static final List<String> WORKS =
      List.of("prefill", "decode", "bert", "bert-bucketed", "vit");

  private LmInference() {}

  static Table run(Setting setting) {
    Path python = MnistPerceptron.python(setting.python());
    Path folder = python.resolveSibling("../lm-models").normalize();
    if (!Files.exists(folder.resolve("vit/model.safetensors"))) {
      setting.told().accept("making random models in " + folder);
      Side.python("models", python, "lm_torch.py", "make", folder.toString()).run();
    }
    List<List<String>> rows = new ArrayList<>();
    for (String work : WORKS) {
      rows.add(compare(work, folder, python, setting));
    }
    return new Table(
        "lm-inference", List.of("a second", "Millrace", "transformers", "ratio"), rows);
  }

  private static List<String> compare(String work, Path folder, Path python, Setting setting) {
    Side ours = Side.java("Millrace", LmJob.class, work, folder.toString());
    Side theirs = Side.python("transformers", python, "lm_torch.py", work, folder.toString());
    int rounds = setting.rounds();
    double[] mine = new double[rounds];
    double[] other = new double[rounds];
    double[] ratios = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      mine[round] = ours.run().path("rate").doubleValue();
      other[round] = theirs.run().path("rate").doubleValue();
      ratios[round] = mine[round] / other[round];
      setting
          .told()
          .accept(
              "%d/%d  %-14s %8.1f  transformers %8.1f"
                  .formatted(round + 1, rounds, work, mine[round], other[round]));
    }
    return List.of(
        work,
        Benchmark.number(median(mine), 1),
        Benchmark.number(median(other), 1),
        Benchmark.number(median(ratios), 2));
  }

  /** The middle one, or the mean of the two in the middle. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}

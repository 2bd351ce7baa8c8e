package io.millrace.benchmarks;

import io.millrace.benchmarks.Benchmark.Setting;
import io.millrace.benchmarks.Benchmark.Table;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The examples' networks here, in PyTorch eager and in Keras 3: milliseconds a training step, sides
 * in turn. Also changed pictures beside torchvision, and what accumulation, clipping and metrics
 * add.
 */
final class Seeds {
  /** The works and their steps. */
  private static final List<Map.Entry<String, Integer>> WORKS =
      List.of(
          Map.entry("perceptron-sgd", 2000),
          Map.entry("softmax", 2000),
          Map.entry("cnn", 800),
          Map.entry("house-prices", 2000),
          Map.entry("perceptron-100", 2000),
          Map.entry("gru-text", 200),
          Map.entry("cnn-lstm", 200),
          Map.entry("augment", 0));

  private static final String EXTRAS = "cnn accumulate, clip, metrics";

  private Seeds() {}

  static Table run(Setting setting) {
    Path python = MnistPerceptron.python(setting.python());
    List<List<String>> rows = new ArrayList<>();
    for (Map.Entry<String, Integer> work : WORKS) {
      rows.add(compare(work.getKey(), String.valueOf(work.getValue()), python, setting));
    }
    double extra =
        Side.java("Millrace", SeedJob.class, EXTRAS, "1200").run().path("ms").doubleValue();
    rows.add(List.of(EXTRAS + " (+ %)", Benchmark.number(extra, 1), "–", "–", "–", "–"));
    return new Table(
        "seeds",
        List.of(
            "ms a step (augment: µs a picture)", "Millrace", "PyTorch", "ratio", "Keras", "ratio"),
        rows);
  }

  private static List<String> compare(String work, String steps, Path python, Setting setting) {
    Side ours = Side.java("Millrace", SeedJob.class, work, steps);
    Side torch = Side.python("PyTorch", python, "seeds_torch.py", work, steps);
    Side keras = Side.python("Keras", python, "seeds_keras.py", work, steps);
    int rounds = setting.rounds();
    double[] mine = new double[rounds];
    double[] torches = new double[rounds];
    double[] kerases = new double[rounds];
    boolean noKeras = work.equals("augment");
    for (int round = 0; round < rounds; round++) {
      mine[round] = milliseconds(ours);
      torches[round] = milliseconds(torch);
      kerases[round] = noKeras ? Double.NaN : milliseconds(keras);
      setting
          .told()
          .accept(
              "%d/%d  %-16s %8.3f  PyTorch %8.3f  Keras %8.3f"
                  .formatted(round + 1, rounds, work, mine[round], torches[round], kerases[round]));
    }
    return List.of(
        work,
        Benchmark.number(median(mine), 3),
        Benchmark.number(median(torches), 3),
        ratio(torches, mine),
        noKeras ? "–" : Benchmark.number(median(kerases), 3),
        noKeras ? "–" : ratio(kerases, mine));
  }

  private static double milliseconds(Side side) {
    return side.run().path("ms").doubleValue();
  }

  /** The median of the rounds' ratios: above 1, Millrace is faster. */
  private static String ratio(double[] theirs, double[] ours) {
    double[] ratios = new double[ours.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = theirs[i] / ours[i];
    }
    return Benchmark.number(median(ratios), 2);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}

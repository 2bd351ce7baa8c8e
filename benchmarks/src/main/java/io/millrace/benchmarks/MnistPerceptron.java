package io.millrace.benchmarks;

import io.millrace.benchmarks.Benchmark.Setting;
import io.millrace.benchmarks.Benchmark.Table;
import io.millrace.pipeline.Home;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The MNIST perceptron here, in PyTorch (tensors in memory, and DataLoader), Keras and DJL: the
 * same data, batch, epochs, validation; sides in turn.
 */
final class MnistPerceptron {
  private MnistPerceptron() {}

  static Table run(Setting setting) {
    Path data = data(setting.data());
    Path python = python(setting.python());
    List<Side> sides = new ArrayList<>();
    sides.add(Side.java("Millrace", PerceptronJob.class, data.toString()));
    sides.add(
        Side.python(
            "PyTorch eager, tensors", python, "perceptron_torch.py", data.toString(), "tensors"));
    sides.add(
        Side.python(
            "PyTorch eager, DataLoader", python, "perceptron_torch.py", data.toString(), "loader"));
    sides.add(Side.python("Keras 3, TensorFlow", python, "perceptron_keras.py", data.toString()));
    Side djl = Djl.side(data, setting.told());
    if (djl != null) {
      sides.add(djl);
    }
    Map<Side, double[]> seconds = new LinkedHashMap<>();
    Map<Side, JsonNode> last = new LinkedHashMap<>();
    for (int round = 0; round < setting.rounds(); round++) {
      for (Side side : sides) {
        JsonNode measured = side.run();
        seconds.computeIfAbsent(side, s -> new double[setting.rounds()])[round] =
            measured.path("seconds").doubleValue();
        last.put(side, measured);
        setting
            .told()
            .accept(
                "%d/%d  %-26s %7.2f s  test %.4f"
                    .formatted(
                        round + 1,
                        setting.rounds(),
                        side.name(),
                        measured.path("seconds").doubleValue(),
                        measured.path("test").doubleValue()));
      }
    }
    return table(sides, seconds, last);
  }

  private static Table table(
      List<Side> sides, Map<Side, double[]> seconds, Map<Side, JsonNode> last) {
    double[] ours = java.util.Objects.requireNonNull(seconds.get(sides.getFirst()));
    List<List<String>> rows = new ArrayList<>();
    for (Side side : sides) {
      double[] theirs = java.util.Objects.requireNonNull(seconds.get(side));
      double[] ratios = new double[theirs.length];
      for (int i = 0; i < ratios.length; i++) {
        ratios[i] = theirs[i] / ours[i];
      }
      Arrays.sort(ratios);
      JsonNode measured = java.util.Objects.requireNonNull(last.get(side));
      rows.add(
          List.of(
              side.name(),
              Benchmark.number(median(theirs), 2),
              Benchmark.number(median(ratios), 2),
              Benchmark.number(ratios[0], 2) + "–" + Benchmark.number(ratios[ratios.length - 1], 2),
              Benchmark.number(measured.path("validation").doubleValue(), 4),
              Benchmark.number(measured.path("test").doubleValue(), 4)));
    }
    return new Table(
        "mnist-perceptron",
        List.of("side", "median s", "× Millrace", "range", "validation", "test"),
        rows);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  static Path data(@Nullable Path given) {
    List<Path> places =
        given != null
            ? List.of(given, given.resolve("mnist"))
            : List.of(
                Path.of(
                    System.getProperty("millrace.checkout", "."), "..", "shared", "data", "mnist"));
    for (Path place : places) {
      if (Files.exists(place.resolve("train-images-idx3-ubyte.gz"))) {
        return place.toAbsolutePath().normalize();
      }
    }
    throw new BenchmarkException("data.absent", places.getFirst());
  }

  static Path python(@Nullable Path given) {
    Path environment = Home.ofEnvironment().folder().resolve("bench").resolve("venv");
    Path python = given != null ? given : environment.resolve("bin").resolve("python");
    if (!Files.isExecutable(python)) {
      throw new BenchmarkException("python.absent", python, environment);
    }
    return python;
  }
}

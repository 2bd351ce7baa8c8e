package io.millrace.benchmarks;

import io.millrace.benchmarks.Benchmark.Setting;
import io.millrace.benchmarks.Benchmark.Table;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Examples whose figure is to equal Keras's, both sides trained in one run on the same files. */
final class ExampleFigures {
  private record Example(String name, String data, String figure) {}

  private static final List<Example> EXAMPLES =
      List.of(
          new Example("mnist-perceptron-sgd", "mnist", "accuracy"),
          new Example("gru-text", "tiny-shakespeare", "perplexity"));

  private ExampleFigures() {}

  static Table run(Setting setting) {
    Path python = MnistPerceptron.python(setting.python());
    Path checkout = Path.of(System.getProperty("millrace.checkout", "."));
    Path shared = MnistPerceptron.data(setting.data()).resolveSibling("");
    List<List<String>> rows = new ArrayList<>();
    for (Example example : EXAMPLES) {
      Path spec = checkout.resolve("examples").resolve(example.name()).resolve("run.yaml");
      JsonNode ours = Side.java("Millrace", ExampleJob.class, spec.toString()).run();
      JsonNode theirs =
          Side.python(
                  "Keras",
                  python,
                  "examples_keras.py",
                  example.name(),
                  shared.resolve(example.data()).toString())
              .run();
      double mine = ours.path(example.figure()).doubleValue();
      double other = theirs.path(example.figure()).doubleValue();
      setting.told().accept("%s  %.4f  Keras %.4f".formatted(example.name(), mine, other));
      rows.add(
          List.of(
              example.name(),
              example.figure(),
              Benchmark.number(mine, 4),
              Benchmark.number(other, 4),
              Benchmark.number(ours.path("seconds").doubleValue(), 1),
              Benchmark.number(theirs.path("seconds").doubleValue(), 1)));
    }
    return new Table(
        "examples", List.of("example", "figure", "Millrace", "Keras", "s", "Keras s"), rows);
  }
}

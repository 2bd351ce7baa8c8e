package io.millrace.benchmarks;

import io.millrace.benchmarks.Benchmark.Setting;
import io.millrace.benchmarks.Benchmark.Table;
import java.util.ArrayList;
import java.util.List;

/** How much memory the examples' trainings forget to give back over 10,000 steps. */
final class SeedMemory {
  private static final String STEPS = "10000";

  private SeedMemory() {}

  static Table run(Setting setting) {
    List<List<String>> rows = new ArrayList<>();
    for (String work :
        List.of(
            "perceptron-sgd",
            "softmax",
            "house-prices",
            "perceptron-100",
            "cnn",
            "cnn-lstm",
            "gru-text")) {
      double grown =
          Side.java("Millrace", SeedJob.class, work, STEPS, "memory")
              .run()
              .path("grown")
              .doubleValue();
      rows.add(List.of(work, STEPS, Benchmark.number(grown, 1)));
      setting.told().accept(work + "  " + Benchmark.number(grown, 1) + " MiB");
    }
    return new Table(
        "memory", List.of("training", "steps", "MiB grown after the first tenth"), rows);
  }
}

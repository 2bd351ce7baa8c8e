package io.millrace.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The benchmarks by name. */
public final class Benchmark {
  private static final Map<String, Runner> ALL =
      new TreeMap<>(
          Map.of(
              "examples", ExampleFigures::run,
              "llm-serving", LlmServing::run,
              "lm-inference", LmInference::run,
              "lm-training", LmTraining::run,
              "memory", SeedMemory::run,
              "mnist-perceptron", MnistPerceptron::run,
              "seeds", Seeds::run,
              "serve-digit", ServeDigit::run));

  interface Runner {
    Table run(Setting setting);
  }

  /**
   * How a benchmark runs.
   *
   * @param rounds how often each side runs
   * @param python with the peers installed; absent: the usual place
   * @param data where the data lies; absent: the usual places
   * @param told what is going on
   */
  public record Setting(
      int rounds, @Nullable Path python, @Nullable Path data, Consumer<String> told) {}

  /**
   * What was measured.
   *
   * @param columns the columns' heads
   * @param rows one line a side
   */
  public record Table(String name, List<String> columns, List<List<String>> rows) {
    /** The table as text for a terminal. */
    public String text() {
      StringBuilder out = new StringBuilder();
      int[] widths = new int[columns.size()];
      for (int c = 0; c < widths.length; c++) {
        widths[c] = columns.get(c).length();
        for (List<String> row : rows) {
          widths[c] = Math.max(widths[c], row.get(c).length());
        }
      }
      line(out, columns, widths);
      rows.forEach(row -> line(out, row, widths));
      return out.toString().stripTrailing();
    }

    private static void line(StringBuilder out, List<String> cells, int[] widths) {
      for (int c = 0; c < widths.length; c++) {
        String cell = cells.get(c);
        String space = " ".repeat(widths[c] - cell.length());
        out.append(c == 0 ? cell + space : "  " + space + cell);
      }
      out.append('\n');
    }
  }

  private Benchmark() {}

  /** The benchmarks' names. */
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /** Runs one. */
  public static Table run(String name, Setting setting) {
    Runner runner = ALL.get(name);
    if (runner == null) {
      throw new BenchmarkException("unknown", name);
    }
    return runner.run(setting);
  }

  static String number(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}

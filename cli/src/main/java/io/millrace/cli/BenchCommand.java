package io.millrace.cli;

import io.millrace.benchmarks.Benchmark;
import io.millrace.ground.message.Nearest;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures side by side with peers and prints ratios. */
@Command(name = "bench", resourceBundle = "io.millrace.cli.help")
final class BenchCommand implements Callable<Integer> {
  @Mixin private Options options = new Options();

  @Parameters(paramLabel = "NAME", arity = "0..1", descriptionKey = "bench.name")
  private @Nullable String name;

  @Option(names = "--rounds", paramLabel = "N", defaultValue = "3", descriptionKey = "bench.rounds")
  private int rounds;

  @Option(names = "--python", paramLabel = "FILE", descriptionKey = "bench.python")
  private @Nullable Path python;

  @Option(names = "--data", paramLabel = "DIR", descriptionKey = "bench.data")
  private @Nullable Path data;

  @Override
  public Integer call() {
    options.home();
    if (name == null) {
      throw new CliException("bench.none", String.join(", ", Benchmark.names()));
    }
    if (!Benchmark.names().contains(name)) {
      throw new CliException(
          "bench.unknown",
          name,
          Nearest.of(name, Benchmark.names()),
          String.join(", ", Benchmark.names()));
    }
    Benchmark.Table table =
        Benchmark.run(
            Objects.requireNonNull(name),
            new Benchmark.Setting(rounds, python, data, Console::info));
    options.print(table, table.text());
    return 0;
  }
}

package io.millrace.cli;

import io.millrace.pipeline.replay.Replay;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Re-runs a training fixture and prints its losses. */
@Command(name = "replay", resourceBundle = "io.millrace.cli.help")
final class ReplayCommand implements Callable<Integer> {
  @Mixin private Options options = new Options();

  @Parameters(paramLabel = "DIR", descriptionKey = "replay.dir")
  private @Nullable Path folder;

  @Option(names = "--steps", paramLabel = "N", defaultValue = "0", descriptionKey = "replay.steps")
  private int steps;

  @Override
  public Integer call() {
    options.home();
    Replay.Outcome outcome = Replay.run(Objects.requireNonNull(folder), steps);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < outcome.losses().size(); i++) {
      text.append(String.format(Locale.ROOT, "%4d  %.6f%n", i + 1, outcome.losses().get(i)));
    }
    text.append(
        outcome.difference() == null
            ? Text.of("replay.alone")
            : Text.of(
                "replay.difference", String.format(Locale.ROOT, "%.2e", outcome.difference())));
    options.print(Map.of("losses", outcome.losses()), text.toString());
    return outcome.difference() != null && outcome.difference() > Replay.TOLERANCE ? 1 : 0;
  }
}

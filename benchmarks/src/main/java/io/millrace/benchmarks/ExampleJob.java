package io.millrace.benchmarks;

import io.millrace.ground.json.Json;
import io.millrace.pipeline.Home;
import io.millrace.pipeline.RunJob;
import io.millrace.pipeline.RunResult;
import io.millrace.pipeline.spec.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Millrace's side of {@code bench examples}: runs a spec in an empty home. Argument: the spec. */
public final class ExampleJob {
  private ExampleJob() {}

  /** Runs and prints the figures as a JSON object. */
  public static void main(String[] arguments) throws IOException {
    Path spec = Path.of(arguments[0]).toAbsolutePath();
    Path home = Files.createTempDirectory("millrace-bench");
    RunResult result =
        new RunJob(
                RunSpec.read(spec, List.of()),
                java.util.Objects.requireNonNull(spec.getParent()),
                new Home(home))
            .execute();
    Map<String, Object> figures = new LinkedHashMap<>(result.metrics());
    figures.put("seconds", result.seconds());
    System.out.println(Json.text(figures));
  }
}

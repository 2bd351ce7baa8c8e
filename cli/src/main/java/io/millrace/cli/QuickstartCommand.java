package io.millrace.cli;

import io.millrace.ground.spec.SpecReader;
import io.millrace.pipeline.Home;
import io.millrace.pipeline.RunJob;
import io.millrace.pipeline.RunResult;
import io.millrace.pipeline.spec.RunSpec;
import io.millrace.server.ServingOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains on the digits that ship with Millrace, then serves the page where one draws. */
@Command(name = "quickstart", resourceBundle = "io.millrace.cli.help")
final class QuickstartCommand implements Callable<Integer> {
  @Mixin private Options options = new Options();

  @Option(names = "--port", paramLabel = "N", defaultValue = "8080", descriptionKey = "option.port")
  private int port;

  @Option(names = "--no-serve", descriptionKey = "option.no-serve")
  private boolean noServe;

  @Override
  public Integer call() throws IOException {
    long start = System.nanoTime();
    Home home = options.home();
    RunSpec spec = spec();
    if (noServe) {
      RunResult result = train(spec, home);
      options.print(document(result, "", start), RunReport.of(result));
      return 0;
    }
    Serving.checkFree(port);
    // The serving process never loads the engine: training has a process of its own.
    RunResult result = TrainingProcess.run(home);
    if (!options.json) {
      Console.result(RunReport.of(result));
    }
    Map<String, Path> packages = Map.of(spec.name(), Path.of(result.packageFolder()));
    return Serving.run(
        "127.0.0.1",
        port,
        packages,
        ServingOptions.USUAL,
        url -> {
          if (options.json) {
            options.print(document(result, url, start), "");
          }
        });
  }

  private static RunResult train(RunSpec spec, Home home) {
    Console.info(Text.of("quickstart.begin"));
    return new RunJob(spec, Path.of("."), home)
        .listeners(new ProgressLine())
        .onStage(stage -> Console.info(Text.of("stage." + stage)))
        .execute();
  }

  private static Map<String, Object> document(RunResult result, String url, long start) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("run", result.run());
    document.put("stages", result.stages());
    document.put("metrics", result.metrics());
    document.put("package", result.packageFolder());
    document.put("report", result.report());
    document.put("url", url);
    document.put("seconds", Math.round((System.nanoTime() - start) / 1e7) / 100.0);
    return document;
  }

  private static RunSpec spec() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(QuickstartCommand.class.getResourceAsStream("quickstart.yaml"))) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return SpecReader.read(text, "quickstart.yaml", RunSpec.class, List.of());
    }
  }
}

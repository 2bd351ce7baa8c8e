package io.millrace.cli;

import io.millrace.ground.json.Json;
import io.millrace.ground.message.Language;
import io.millrace.pipeline.Home;
import io.millrace.pipeline.RunResult;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Runs the quickstart's training in a process of its own; its progress goes to this terminal. */
final class TrainingProcess {
  private TrainingProcess() {}

  static RunResult run(Home home) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (!argument.contains("SharedArchive")) {
        command.add(argument);
      }
    }
    command.add("-D" + Console.TERMINAL + "=" + Console.isTerminal());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(Main.class.getName(), "quickstart", "--no-serve", "--json"));
    command.addAll(List.of("--home", home.folder().toString()));
    command.addAll(List.of("--lang", Language.current().code()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output;
    try (InputStream in = process.getInputStream()) {
      output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    int exit;
    try {
      exit = process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new CliException("training.ended", "interrupted");
    }
    if (exit != 0) {
      throw new CliException("training.ended", exit);
    }
    return result(Json.read(output, "quickstart"));
  }

  private static RunResult result(JsonNode document) {
    Map<String, String> stages = new LinkedHashMap<>();
    document
        .path("stages")
        .properties()
        .forEach(e -> stages.put(e.getKey(), e.getValue().asString()));
    Map<String, Double> metrics = new LinkedHashMap<>();
    document
        .path("metrics")
        .properties()
        .forEach(e -> metrics.put(e.getKey(), e.getValue().doubleValue()));
    return new RunResult(
        document.path("run").asString(),
        stages,
        metrics,
        document.path("package").asString(),
        document.path("report").asString(),
        document.path("seconds").doubleValue());
  }
}

package io.millrace.benchmarks;

import io.millrace.ground.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * One side of a comparison: a command whose last line of output is a JSON object with what it
 * measured.
 *
 * @param name as the table shows it
 * @param command the command and its arguments
 */
record Side(String name, List<String> command) {
  private static final long MINUTES = 20;

  JsonNode run() {
    try {
      Path out = Files.createTempFile("millrace-bench", ".out");
      Path err = Files.createTempFile("millrace-bench", ".err");
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
      }
      List<String> lines =
          Files.readAllLines(out).stream().filter(line -> line.startsWith("{")).toList();
      if (process.waitFor() != 0 || lines.isEmpty()) {
        List<String> errors = Files.readAllLines(err);
        throw new BenchmarkException(
            "side.failed",
            name,
            errors.isEmpty() ? "" : errors.getLast(),
            String.join(" ", command));
      }
      Files.delete(out);
      Files.delete(err);
      return Json.read(lines.getLast(), name);
    } catch (IOException e) {
      throw new BenchmarkException(
          "side.failed", name, String.valueOf(e.getMessage()), String.join(" ", command));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("side.failed", name, "interrupted", String.join(" ", command));
    }
  }

  /** A Java program of this build. */
  static Side java(String name, Class<?> main, String... arguments) {
    List<String> command =
        new java.util.ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Dmillrace.natives=" + System.getProperty("millrace.natives", ""),
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    return new Side(name, command);
  }

  /** A Python script that lies beside this class. */
  static Side python(String name, Path python, String script, String... arguments) {
    try (InputStream in = Objects.requireNonNull(Side.class.getResourceAsStream(script))) {
      Path file = Files.createTempDirectory("millrace-bench").resolve(script);
      Files.writeString(file, new String(in.readAllBytes(), StandardCharsets.UTF_8));
      List<String> command = new java.util.ArrayList<>(List.of(python.toString(), file.toString()));
      command.addAll(List.of(arguments));
      return new Side(name, command);
    } catch (IOException e) {
      throw new BenchmarkException("side.failed", name, String.valueOf(e.getMessage()), script);
    }
  }
}

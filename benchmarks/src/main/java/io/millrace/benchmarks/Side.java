package io.millrace.benchmarks;

import io.millrace.ground.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  /**
   * The environment variable with the time at which a side was started, in milliseconds since 1970:
   * the system knows a process's start to the second only.
   */
  static final String STARTED = "MILLRACE_BENCH_STARTED";

  JsonNode run() {
    try {
      Path out = Files.createTempFile("millrace-bench", ".out");
      Path err = Files.createTempFile("millrace-bench", ".err");
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().put(STARTED, Long.toString(System.currentTimeMillis()));
      Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
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
    return java(name, List.of(), main, arguments);
  }

  /**
   * As workers are started: with class data that the first run writes when it ends, where {@code
   * ./millrace} says where to.
   */
  static Side worker(String name, Class<?> main, String... arguments) {
    String folder = System.getProperty("millrace.archives");
    List<String> archive =
        folder == null
            ? List.of()
            : List.of(
                "-XX:SharedArchiveFile="
                    + Path.of(folder, "millrace-" + main.getSimpleName() + ".jsa"),
                "-XX:+AutoCreateSharedArchive",
                "-Xlog:disable");
    return java(name, archive, main, arguments);
  }

  private static Side java(String name, List<String> more, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:+UseSerialGC");
    command.addAll(more);
    command.add("-Dmillrace.natives=" + System.getProperty("millrace.natives", ""));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return new Side(name, command);
  }

  /** A Python script that lies beside this class. */
  static Side python(String name, Path python, String script, String... arguments) {
    try (InputStream in = Objects.requireNonNull(Side.class.getResourceAsStream(script))) {
      Path file = Files.createTempDirectory("millrace-bench").resolve(script);
      Files.writeString(file, new String(in.readAllBytes(), StandardCharsets.UTF_8));
      List<String> command = new ArrayList<>(List.of(python.toString(), file.toString()));
      command.addAll(List.of(arguments));
      return new Side(name, command);
    } catch (IOException e) {
      throw new BenchmarkException("side.failed", name, String.valueOf(e.getMessage()), script);
    }
  }
}

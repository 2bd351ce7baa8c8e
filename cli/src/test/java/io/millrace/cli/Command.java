package io.millrace.cli;

import io.millrace.ground.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** The millrace command as a user runs it: a process with a home, output, and an exit code. */
record Command(int exit, String out, String err) {
  static Command run(Path home, String... arguments) throws Exception {
    return run(home, List.of(), arguments);
  }

  static Command run(Path home, List<String> jvm, String... arguments) throws Exception {
    Path out = Files.createTempFile("millrace", ".out");
    Path err = Files.createTempFile("millrace", ".err");
    return finished(start(home, jvm, out, err, arguments), out, err, arguments);
  }

  private static Command finished(Process process, Path out, Path err, String... arguments)
      throws Exception {
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("still running: " + List.of(arguments));
    }
    return new Command(process.exitValue(), read(out), read(err));
  }

  /** The command where no file may be larger: writing on fails as on a full disk. */
  static Command withFilesUpTo(int kilobytes, Path home, String... arguments) throws Exception {
    List<String> shell = List.of("bash", "-c", "ulimit -f " + kilobytes + "; exec \"$@\"", "bash");
    Path out = Files.createTempFile("millrace", ".out");
    Path err = Files.createTempFile("millrace", ".err");
    return finished(start(shell, home, List.of(), out, err, arguments), out, err, arguments);
  }

  static Process start(Path home, List<String> jvm, Path out, Path err, String... arguments)
      throws IOException {
    return start(List.of(), home, jvm, out, err, arguments);
  }

  private static Process start(
      List<String> shell, Path home, List<String> jvm, Path out, Path err, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(shell);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Dmillrace.natives=" + System.getProperty("millrace.natives"));
    command.add("-Dmillrace.checkout=" + System.getProperty("millrace.checkout"));
    command.addAll(jvm);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Main.class.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("MILLRACE_HOME", home.toString());
    builder.environment().put("MILLRACE_LANG", "en");
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    return builder.start();
  }

  JsonNode json() {
    return Json.read(out, "standard output");
  }

  private static String read(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    Files.delete(file);
    return text;
  }
}

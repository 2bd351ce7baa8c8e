package io.millrace.serve;

import io.millrace.serve.worker.WorkerMain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts the worker's JVM: the same Java, the same classes, limits of its own. */
final class WorkerProcess {
  /** Settings that a worker takes over from the process that starts it. */
  private static final List<String> PASSED_ON =
      List.of(
          "millrace.natives",
          "millrace.cache",
          "millrace.threads",
          "millrace.blas",
          "millrace.wait",
          "millrace.memory",
          "millrace.cache.tokens",
          "millrace.engine.rows",
          "millrace.engine.queue");

  private WorkerProcess() {}

  static Process start(Path socket, Path folder, List<String> options, String token)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + System.getProperty("millrace.worker.heap", "1g"));
    command.add("-XX:+UseSerialGC");
    if (options.isEmpty()) {
      command.add("-XX:TieredStopAtLevel=1"); // language models compute between products in Java
    }
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("--enable-native-access=ALL-UNNAMED");
    String archive = System.getProperty("millrace.worker.archive");
    if (archive != null) {
      command.add("-XX:SharedArchiveFile=" + archive);
      command.add("-XX:+AutoCreateSharedArchive");
      command.add("-Xlog:disable");
    }
    for (String name : PASSED_ON) {
      String value = System.getProperty(name);
      if (value != null) {
        command.add("-D" + name + "=" + value);
      }
    }
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(WorkerMain.class.getName());
    command.add(socket.toString());
    command.add(folder.toString());
    command.addAll(options);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put(WorkerMain.TOKEN, token);
    builder.redirectInput(ProcessBuilder.Redirect.from(nothing().toFile()));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return builder.start();
  }

  private static Path nothing() {
    return Path.of(System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null");
  }
}

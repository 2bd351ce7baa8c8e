package io.millrace.serve;

import io.millrace.serve.worker.WorkerMain;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

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

  /** Class data that a worker of this process was started to write. */
  private static final Set<Path> WRITTEN = ConcurrentHashMap.newKeySet();

  private static final String VECTORS = "jdk.incubator.vector";

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
    if (!options.isEmpty() && ModuleFinder.ofSystem().find(VECTORS).isPresent()) {
      command.add("--add-modules"); // kernels for the steps of language models in few bits
      command.add(VECTORS);
    }
    Path archive = archive(options);
    if (archive != null) {
      // Two that end in the same instant must not write to one file.
      boolean writes = WRITTEN.add(archive);
      if (writes || Files.exists(archive)) {
        command.add("-XX:SharedArchiveFile=" + archive);
        command.add("-Xlog:disable");
      }
      if (writes) {
        command.add("-XX:+AutoCreateSharedArchive");
      }
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
    Process process = builder.start();
    Thread.ofPlatform()
        .daemon()
        .name("millrace-worker-messages")
        .start(() -> passOn(process.errorReader(StandardCharsets.ISO_8859_1)));
    return process;
  }

  /**
   * Class data that a worker writes when it ends and later ones map: half the time until libtorch
   * is loaded. One for each way of starting, because the JVM takes one for the same settings only.
   *
   * @return null: where nobody said where to (system property {@code millrace.archives}, a folder)
   */
  static @Nullable Path archive(List<String> options) {
    String folder = System.getProperty("millrace.archives");
    String kind = options.isEmpty() ? "worker" : "worker-language";
    return folder == null ? null : Path.of(folder, "millrace-" + kind + ".jsa");
  }

  /**
   * What a worker says goes to where this process's messages go, but for Java's remark on a module.
   */
  private static void passOn(BufferedReader messages) {
    try (messages) {
      for (String line = messages.readLine(); line != null; line = messages.readLine()) {
        if (!line.equals("WARNING: Using incubator modules: " + VECTORS)) {
          byte[] bytes = (line + System.lineSeparator()).getBytes(StandardCharsets.ISO_8859_1);
          System.err.write(bytes, 0, bytes.length);
          System.err.flush();
        }
      }
    } catch (IOException e) {
      // The worker has ended: there is nothing more to pass on.
    }
  }

  private static Path nothing() {
    return Path.of(System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null");
  }
}

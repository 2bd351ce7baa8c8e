package io.millrace.cli;

import io.millrace.ground.message.Problem;
import io.millrace.pipeline.Home;
import io.millrace.pipeline.language.TrainingDoctor;
import io.millrace.tensor.Engine;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Checks the machine and the installation; each failed line says how to mend it. */
@Command(name = "doctor", resourceBundle = "io.millrace.cli.help")
final class DoctorCommand implements Callable<Integer> {
  /**
   * One check.
   *
   * @param ok whether it passed
   * @param found what was found, and where it failed what to do
   */
  record Check(String name, boolean ok, String found) {}

  @Mixin private Options options = new Options();

  @Parameters(index = "0", arity = "0..1", paramLabel = "training", descriptionKey = "doctor.area")
  private @Nullable String area;

  @Parameters(index = "1", arity = "0..1", paramLabel = "FOLDER", descriptionKey = "doctor.folder")
  private @Nullable Path folder;

  private final List<Check> checks = new ArrayList<>();

  @Override
  public Integer call() {
    Home home = options.home();
    if (area != null) {
      if (!area.equals("training")) {
        throw new CliException("doctor.area", area);
      }
      for (TrainingDoctor.Check one : TrainingDoctor.examine(folder)) {
        checks.add(new Check("training." + one.name(), one.ok(), one.found()));
      }
      return report();
    }
    check("java", () -> Runtime.version() + " (" + System.getProperty("java.home") + ")");
    check("machine", DoctorCommand::machine);
    check("home", () -> writable(home.folder()));
    check("engine", DoctorCommand::engine);
    check("worker", DoctorCommand::socket);
    check("port", DoctorCommand::port);
    return report();
  }

  private int report() {
    StringBuilder text = new StringBuilder();
    for (Check check : checks) {
      text.append(check.ok() ? "✓ " : "✗ ").append(Text.of("doctor." + check.name())).append(": ");
      text.append(check.found()).append('\n');
    }
    boolean healthy = checks.stream().allMatch(Check::ok);
    String end = area == null ? "" : ".training";
    options.print(checks, text + Text.of((healthy ? "doctor.healthy" : "doctor.ill") + end));
    return healthy ? 0 : 1;
  }

  private void check(String name, Callable<String> look) {
    try {
      checks.add(new Check(name, true, look.call()));
    } catch (Problem e) {
      checks.add(new Check(name, false, e.getMessage()));
    } catch (Exception e) {
      checks.add(new Check(name, false, e.toString()));
    }
  }

  private static String machine() {
    Runtime runtime = Runtime.getRuntime();
    long memory =
        java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean bean
            ? bean.getTotalMemorySize()
            : runtime.maxMemory();
    if (memory < 2L << 30) {
      throw new CliException("doctor.memory", memory >> 20);
    }
    return Text.of(
        "doctor.machine.found",
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        runtime.availableProcessors(),
        memory >> 30);
  }

  private static String writable(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path probe = Files.createTempFile(folder, ".doctor", "");
    Files.delete(probe);
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < 1L << 30) {
      throw new CliException("doctor.disk", folder, free >> 20);
    }
    return Text.of("doctor.home.found", folder, free >> 30);
  }

  private static String engine() {
    try (Scope scope = Scope.open()) {
      double sum = Tensors.range(4).sum().item();
      if (sum != 6) {
        throw new CliException("doctor.sum", sum);
      }
      return Engine.description();
    }
  }

  private static String socket() throws IOException {
    Path folder = Files.createTempDirectory("millrace");
    Path socket = folder.resolve("w");
    try (var door =
        java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
      door.bind(java.net.UnixDomainSocketAddress.of(socket));
      return System.getProperty("java.io.tmpdir");
    } finally {
      Files.deleteIfExists(socket);
      Files.deleteIfExists(folder);
    }
  }

  private static String port() throws IOException {
    try (ServerSocket probe = new ServerSocket(8080, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort() + "";
    } catch (java.net.BindException e) {
      throw new CliException("port.taken", 8080, 8081);
    }
  }
}

package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 100,000 random wrong calls at the whole public API, in a JVM of its own that must live. */
class WrongCallsTest {
  private static final long SEED = 20261122;
  private static final int CALLS = 100_000;

  @TempDir private Path folder;

  @Test
  void theJvmLives() throws Exception {
    Path note = folder.resolve("note");
    Path log = folder.resolve("log");
    Path slow =
        Path.of(Objects.requireNonNull(WrongCalls.class.getResource("slow-operators.txt")).toURI());
    // A limit on the address space makes an impossible size fail at once, on every machine alike.
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of("/bin/bash"))) {
      command.addAll(List.of("/bin/bash", "-c", "ulimit -v 14000000; exec \"$@\"", "bash"));
    }
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-Xmx512m",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + folder.resolve("hs_err"),
            "--enable-native-access=ALL-UNNAMED",
            "-Dmillrace.memory=200000000",
            "-Dmillrace.natives=" + System.getProperty("millrace.natives"),
            "-cp",
            System.getProperty("java.class.path"),
            WrongCalls.class.getName(),
            Long.toString(SEED),
            Integer.toString(CALLS),
            note.toString(),
            slow.toString()));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    boolean ended = process.waitFor(15, TimeUnit.MINUTES);
    String last = new String(Files.readAllBytes(note), StandardCharsets.UTF_8).replace("\0", "");
    List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
    assertThat(ended).as("still busy with " + last).isTrue();
    assertThat(process.exitValue())
        .as("call %s ended the JVM; %s", last, lines.isEmpty() ? "" : lines.getLast())
        .isZero();
    assertThat(lines.getLast()).startsWith("calls " + CALLS);
  }
}

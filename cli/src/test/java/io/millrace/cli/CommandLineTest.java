package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The command as users and machines call it: documents, messages, exit codes. */
class CommandLineTest {
  @TempDir private Path home;

  private static void assertMistake(Command command, int exit, String... parts) {
    assertThat(command.exit()).isEqualTo(exit);
    assertThat(command.err()).contains(parts).doesNotContain("\tat ", "Exception");
    assertThat(command.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quickstart",
        "run",
        "predict",
        "finetune",
        "generate",
        "replay",
        "serve",
        "doctor",
        "bench",
        "version"
      })
  void everyCommandHasHelpWithAnExampleInBothLanguages(String name) throws Exception {
    Command english = Command.run(home, name, "--help");
    assertThat(english.exit()).isZero();
    assertThat(english.out()).contains("Example: ./millrace " + name, "--json", "--lang");
    assertThat(english.out().lines()).allMatch(line -> line.length() <= 80);
    Command chinese = Command.run(home, "--lang", "zh", name, "--help");
    assertThat(chinese.out()).contains("示例：./millrace " + name, "用法：");
  }

  @Test
  void versionIsADocument() throws Exception {
    assertThat(Command.run(home, "version", "--json").json().path("millrace").asString())
        .isEqualTo("0.1.0");
  }

  @Test
  void doctorFindsAllWell() throws Exception {
    JsonNode checks = Command.run(home, "doctor", "--json").json();
    assertThat(checks.size()).isGreaterThanOrEqualTo(6);
    for (JsonNode check : checks) {
      if (!check.path("name").asString().equals("port")) {
        assertThat(check.path("ok").booleanValue()).as(check.toString()).isTrue();
      }
    }
  }

  @Test
  void wrongUseNamesTheNearestAndExitsWithTwo() throws Exception {
    assertMistake(Command.run(home, "quikstart"), 2, "Did you mean \"quickstart\"");
    assertMistake(Command.run(home, "run"), 2, "SPEC.yaml is missing");
    assertMistake(Command.run(home, "run", "none.yaml"), 2, "none.yaml: no such file");
    assertMistake(Command.run(home, "serve", "--model", "x"), 2, "NAME=FOLDER");
    assertMistake(Command.run(home, "quickstart", "--port", "99999"), 2, "--port 99999");
    assertMistake(Command.run(home, "quickstart", "--port", "x"), 2, "--port");
    assertMistake(Command.run(home, "predict", "nowhere", "--input", "x.csv"), 2, "no such file");
    assertMistake(Command.run(home, "bench", "mnist"), 2, "Did you mean \"mnist-perceptron\"");
    assertMistake(
        Command.run(home, "serve", "--host", "0.0.0.0", "--port", "0"), 1, "no administrator yet");
    assertMistake(Command.run(home, "--lang", "zh", "run", "none.yaml"), 2, "没有这个文件");
  }

  @Test
  void aTakenPortIsFoundBeforeTraining() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      assertMistake(
          Command.run(home, "quickstart", "--port", port),
          2,
          "port " + port + " is taken",
          "--port");
    }
  }

  @ParameterizedTest
  @CsvSource({"mlp-adam, 20", "mlp-sgd, 20", "gpt2-adamw-clip, 10", "lora, 10"})
  void replayEqualsPyTorch(String name, int steps) throws Exception {
    Path fixture =
        Path.of(
            System.getProperty("millrace.checkout"), "..", "shared", "parity", "training", name);
    Assumptions.assumeTrue(Files.isDirectory(fixture), "needs ../shared/parity");
    Command replayed = Command.run(home, "replay", fixture.toString(), "--json");
    assertThat(replayed.exit()).isZero(); // 1 would mean: more than 1e-4 off
    assertThat(replayed.json().path("losses")).hasSize(steps);
    assertThat(
            Command.run(home, "replay", fixture.toString(), "--json", "--steps", "3")
                .json()
                .path("losses"))
        .hasSize(3);
    assertMistake(
        Command.run(home, "replay", fixture.toString(), "--steps", "99"),
        2,
        "there are batches for " + steps);
  }

  @Test
  void predictReadsIdxAndCsvAndWritesAtomically() throws Exception {
    Path images = home.resolve("two-idx3-ubyte");
    java.nio.ByteBuffer idx = java.nio.ByteBuffer.allocate(16 + 2 * 784);
    idx.putInt(0x0803).putInt(2).putInt(28).putInt(28);
    for (int row = 0; row < 2; row++) {
      for (float pixel : Served.digit(row)) {
        idx.put((byte) (int) pixel);
      }
    }
    Files.write(images, idx.array());
    Command predicted =
        Command.run(
            home, "predict", Served.model().toString(), "--input", images.toString(), "--json");
    assertThat(predicted.exit()).isZero();
    assertThat(predicted.json()).hasSize(2);
    assertThat(predicted.json().get(0).path("probabilities").size()).isEqualTo(10);
    Path output = home.resolve("out.jsonl");
    Command written =
        Command.run(
            home,
            "predict",
            Served.model().toString(),
            "--input",
            images.toString(),
            "--output",
            output.toString());
    assertThat(written.exit()).isZero();
    assertThat(Files.readAllLines(output)).hasSize(2);
    Path csv = Files.writeString(home.resolve("rows.csv"), "a\n1\n");
    assertMistake(
        Command.run(home, "predict", Served.model().toString(), "--input", csv.toString()),
        1,
        "reads arrays");
  }

  @Test
  void anUnwritableHomeIsSaid() throws Exception {
    Path file = Files.writeString(home.resolve("file"), "x");
    Command command = Command.run(file.resolve("sub"), List.of(), "quickstart", "--no-serve");
    assertThat(command.exit()).isEqualTo(1);
    assertThat(command.err()).contains("cannot be written").doesNotContain("\tat ");
  }
}

package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.data.source.TableFile;
import io.millrace.serve.Predictor;
import io.millrace.serve.Values;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Run specs on tables: the chain from a CSV with gaps to a package that serves the same rows alike.
 */
class RunSpecTest {
  private static final String SPEC =
      """
      name: credit
      seed: 3
      data:
        source: { csv: credit.csv }
        target: risk
        drop: [id]
        split: { test: 0.25, stratify: risk, seed: 7 }
      prepare:
        - impute: { columns: numeric, with: median }
        - standardize
        - onehot: { columns: categorical, unknown: ignore }
      model:
        layers: [ { dense: 16, activation: relu }, { dropout: 0.1 }, { dense: 2, activation: softmax } ]
      train: { optimizer: { adam: { rate: 0.01 } }, epochs: 12, batch: 16 }
      """;

  @TempDir private Path folder;

  @BeforeEach
  void data() throws IOException {
    Random random = new Random(1);
    StringBuilder csv = new StringBuilder("id,income,job,age,risk\n");
    for (int i = 0; i < 400; i++) {
      int income = 20 + random.nextInt(80);
      String job = List.of("clerk", "nurse", "pilot").get(random.nextInt(3));
      boolean bad = income + (job.equals("pilot") ? 20 : 0) + random.nextInt(10) < 55;
      String age = random.nextInt(10) == 0 ? "" : Integer.toString(20 + random.nextInt(50));
      csv.append("%d,%d,%s,%s,%s%n".formatted(i, income, job, age, bad ? "bad" : "good"));
    }
    Files.writeString(folder.resolve("credit.csv"), csv.toString());
    Files.writeString(folder.resolve("run.yaml"), SPEC);
  }

  private Command run(String... more) throws Exception {
    String[] all = new String[more.length + 3];
    all[0] = "run";
    all[1] = folder.resolve("run.yaml").toString();
    all[2] = "--json";
    System.arraycopy(more, 0, all, 3, more.length);
    return Command.run(folder.resolve("home"), all);
  }

  @Test
  void learnsPredictsAndServesTheSameRowsAlike() throws Exception {
    Command command = run();
    assertThat(command.err()).doesNotContain("millrace:");
    JsonNode result = command.json();
    // A rule with ten points of noise made these rows; guessing gives about 0.6.
    assertThat(result.path("metrics").path("accuracy").doubleValue()).isGreaterThan(0.85);
    Path model = Path.of(result.path("package").asString());
    Path rows =
        Files.writeString(
            folder.resolve("new.csv"), "income,job,age\n95,nurse,30\n21,clerk,\n50,diver,40\n");
    Command predicted =
        Command.run(
            folder.resolve("home"), "predict", model.toString(), "--input", rows.toString());
    List<String> lines = predicted.out().lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).contains("\"class\":\"good\"");
    assertThat(lines.get(1)).contains("\"class\":\"bad\"");
    try (Predictor predictor = Predictor.open(model)) {
      float[][] fromTable = predictor.outputs(predictor.prepare(TableFile.read(rows)));
      List<Values> answer =
          predictor.predict(
              List.of(
                  new Values(
                      "income",
                      "FP64",
                      new long[] {3},
                      new Values.Doubles(new double[] {95, 21, 50})),
                  Values.of("job", new String[] {"nurse", "clerk", "diver"}),
                  new Values(
                      "age",
                      "FP64",
                      new long[] {3},
                      new Values.Doubles(new double[] {30, Double.NaN, 40}))));
      float[] served = ((Values.Floats) answer.getFirst().data()).values();
      assertThat(served)
          .containsExactly(
              fromTable[0][0],
              fromTable[0][1],
              fromTable[1][0],
              fromTable[1][1],
              fromTable[2][0],
              fromTable[2][1]);
    }
    assertThat(
            Command.run(
                    folder.resolve("home"),
                    "predict",
                    model.toString(),
                    "--input",
                    Files.writeString(folder.resolve("less.csv"), "income,job\n1,clerk\n")
                        .toString())
                .err())
        .contains("no column \"age\"");
  }

  @Test
  void theSameSpecIsCachedAnotherIsNotAndNumbersRepeat() throws Exception {
    JsonNode first = run().json();
    assertThat(first.path("stages").path("train").asString()).isEqualTo("ran");
    assertThat(run().json().path("stages").path("train").asString()).isEqualTo("cached");
    JsonNode other = run("--set", "train.epochs=2").json();
    assertThat(other.path("stages").path("train").asString()).isEqualTo("ran");
    assertThat(other.path("run")).isNotEqualTo(first.path("run"));
    JsonNode again = run().json(); // the other run replaced the package
    assertThat(again.path("stages").path("train").asString()).isEqualTo("ran");
    assertThat(again.path("metrics")).isEqualTo(first.path("metrics"));
  }

  @Test
  void aDryRunChecksEverythingAndTrainsNothing() throws Exception {
    Command dry = run("--dry-run");
    assertThat(dry.exit()).isZero();
    assertThat(dry.json().path("rows").asString()).isEqualTo("300 + 100");
    assertThat(folder.resolve("home/models")).doesNotExist();
    Command misfit = run("--dry-run", "--set", "model.layers=[{dense: 3, activation: softmax}]");
    assertThat(misfit.exit()).isEqualTo(1);
    assertThat(misfit.err()).contains("2 outputs are needed");
  }

  @Test
  void mistakesInTheSpecOrDataNameThePlaceAndTheCure() throws Exception {
    assertMistake(run("--set", "train.epoch=3"), 2, "train.epoch", "Did you mean \"epochs\"");
    assertMistake(run("--set", "data.target=rsk"), 1, "no column \"rsk\"", "Did you mean \"risk\"");
    assertMistake(run("--set", "train.batch=100000"), 1, "100000", "larger than");
    assertMistake(run("--set", "data.source.csv=none.csv"), 2, "no such file");
    assertMistake(run("--set", "data.split.test=2"), 1, "2.0");
    assertMistake(run("--set", "train.optimizer=adm"), 2, "Did you mean \"adam\"");
    assertMistake(run("--set", "prepare=[onehot]"), 1, "\"age\" has no value in row", "Add impute");
    assertMistake(
        run("--set", "train.optimizer={sgd: {rate: 1e30}}"), 1, "step", "Lower the learning rate");
    assertMistake(run("--set", "name=../escape"), 2, "../escape");
    Files.writeString(folder.resolve("credit.csv"), "id,income,risk\n1,2\n");
    assertMistake(run(), 1, "credit.csv, line 2");
  }

  @Test
  void killedWhileSavingLeavesTheOldOrTheNewNeverHalf() throws Exception {
    run();
    Path home = folder.resolve("home");
    for (int round = 0; round < 6; round++) {
      Process process =
          Command.start(
              home,
              List.of(),
              folder.resolve("out"),
              folder.resolve("err"),
              "run",
              folder.resolve("run.yaml").toString(),
              "--set",
              "seed=" + (10 + round),
              "--set",
              "train.epochs=1");
      Path error = folder.resolve("err");
      // Kill it around the moment of writing: as soon as it says that it writes, or a moment later.
      while (process.isAlive()
          && !(Files.exists(error)
              && Files.readString(error).contains("writing the model package"))) {
        Thread.onSpinWait();
      }
      process.waitFor(round * 7L, TimeUnit.MILLISECONDS);
      process.destroyForcibly().waitFor();
      try (Predictor predictor = Predictor.open(home.resolve("models/credit"))) {
        assertThat(predictor.signature().inputs()).hasSize(3);
      }
    }
  }

  @Test
  void interruptedTrainingResumesFromItsCheckpoint() throws Exception {
    JsonNode straight = run("--set", "train.epochs=40").json();
    Path home = folder.resolve("other");
    Process process =
        Command.start(
            home,
            List.of(),
            folder.resolve("out"),
            folder.resolve("err"),
            "run",
            folder.resolve("run.yaml").toString(),
            "--set",
            "train.epochs=40");
    while (process.isAlive() && !Files.readString(folder.resolve("err")).contains("epoch 5/40")) {
      Thread.onSpinWait();
    }
    process.destroyForcibly().waitFor();
    Command resumed =
        Command.run(
            home,
            "run",
            folder.resolve("run.yaml").toString(),
            "--json",
            "--resume",
            "--set",
            "train.epochs=40");
    assertThat(resumed.err()).doesNotContain("epoch 1/40");
    assertThat(resumed.json().path("metrics")).isEqualTo(straight.path("metrics"));
  }

  @Test
  void aRegressionReachesItsMeasure() throws Exception {
    StringBuilder csv = new StringBuilder("x,y\n");
    for (int i = 0; i < 200; i++) {
      csv.append("%d,%d%n".formatted(i, 3 * i + 1));
    }
    Files.writeString(folder.resolve("line.csv"), csv.toString());
    Files.writeString(
        folder.resolve("run.yaml"),
        """
        name: line
        data: { source: { csv: line.csv }, target: y }
        prepare: [ min-max ]
        model: { layers: [ { dense: 1 } ] }
        train: { optimizer: { adam: { rate: 5 } }, epochs: 150, batch: 16, early-stop: { patience: 50 } }
        """);
    JsonNode metrics = run().json().path("metrics");
    assertThat(metrics.path("r2").doubleValue()).isGreaterThan(0.999);
  }

  @Test
  void aFullDiskWhileSavingKeepsTheOldPackage() throws Exception {
    Assumptions.assumeTrue(
        Files.isWritable(Path.of("/dev/shm")) && "root".equals(System.getProperty("user.name")),
        "needs to mount a small file system (root on Linux)");
    run();
    Path small = Files.createDirectory(folder.resolve("small"));
    Process mount =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", small.toString())
            .start();
    Assumptions.assumeTrue(mount.waitFor() == 0, "mounting is not allowed here");
    try {
      Path home = small.resolve("home");
      Command first = Command.run(home, "run", folder.resolve("run.yaml").toString(), "--json");
      assertThat(first.exit()).as(first.err()).isZero();
      Path model = home.resolve("models/credit");
      byte[] before = Files.readAllBytes(model.resolve("model.safetensors"));
      // The larger network does not fit beside the old one.
      Command full =
          Command.run(
              home,
              "run",
              folder.resolve("run.yaml").toString(),
              "--set",
              "model.layers=[{dense: 30000, activation: relu}, {dense: 2, activation: softmax}]",
              "--set",
              "train.epochs=1");
      assertThat(full.exit()).isEqualTo(1);
      assertThat(full.err()).contains("the disk is full").doesNotContain("\tat ");
      assertThat(Files.readAllBytes(model.resolve("model.safetensors"))).isEqualTo(before);
      try (Predictor predictor = Predictor.open(model)) {
        assertThat(predictor.signature().inputs()).hasSize(3);
      }
    } finally {
      new ProcessBuilder("umount", "-l", small.toString()).start().waitFor();
    }
  }

  private static void assertMistake(Command command, int exit, String... parts) {
    assertThat(command.exit()).as(command.err()).isEqualTo(exit);
    assertThat(command.err()).contains(parts).doesNotContain("\tat ");
  }
}

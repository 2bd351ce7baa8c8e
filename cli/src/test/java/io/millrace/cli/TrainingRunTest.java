package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Long trainings from the command: interrupted, resumed, searched, cross-validated. */
class TrainingRunTest {
  private static final String SPEC =
      """
      name: points
      seed: 5
      data: { source: { csv: points.csv }, target: kind, split: { test: 0.2, stratify: kind } }
      prepare: [ standardize ]
      model: { layers: [ { dense: 32, activation: relu }, batch-normalization, { dropout: 0.3 }, { dense: 3, activation: softmax } ] }
      train:
        optimizer: { adamw: { rate: 0.003, decay: 0.01 } }
        schedule: cosine
        average: { ema: 0.99 }
        epochs: 400
        batch: 8
        save: { steps: 7 }
      """;

  @TempDir private Path folder;

  @BeforeEach
  void data() throws Exception {
    Random random = new Random(1);
    StringBuilder csv = new StringBuilder("a,b,c,kind\n");
    for (int i = 0; i < 300; i++) {
      int kind = random.nextInt(3);
      csv.append(kind + random.nextGaussian()).append(',');
      csv.append(random.nextGaussian() - kind).append(',');
      csv.append(random.nextGaussian()).append(",k").append(kind).append('\n');
    }
    Files.writeString(folder.resolve("points.csv"), csv.toString());
    Files.writeString(folder.resolve("run.yaml"), SPEC);
  }

  private Command run(String home, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("run", folder.resolve("run.yaml").toString(), "--json"));
    arguments.addAll(List.of(more));
    return Command.run(folder.resolve(home), arguments.toArray(new String[0]));
  }

  private Process start(String home, Path err, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("run", folder.resolve("run.yaml").toString(), "--json"));
    arguments.addAll(List.of(more));
    return Command.start(
        folder.resolve(home),
        List.of(),
        folder.resolve("out.txt"),
        err,
        arguments.toArray(new String[0]));
  }

  private byte[] weights(String home) throws Exception {
    return Files.readAllBytes(folder.resolve(home).resolve("models/points/model.safetensors"));
  }

  private boolean hasCheckpoint(String home) throws Exception {
    Path runs = folder.resolve(home).resolve("runs");
    if (!Files.isDirectory(runs)) {
      return false;
    }
    try (var all = Files.walk(runs)) {
      return all.anyMatch(file -> file.getFileName().toString().equals("checkpoint.safetensors"));
    }
  }

  @Test
  void killedAndResumedEqualsTheStraightRunBitForBit() throws Exception {
    assertThat(run("straight").exit()).isZero();
    Random random = new Random(20261122);
    for (int round = 0; round < 3; round++) {
      Process process = start("killed", folder.resolve("err.txt"), "--resume");
      while (process.isAlive() && !hasCheckpoint("killed")) {
        process.waitFor(20, TimeUnit.MILLISECONDS);
      }
      process.waitFor(100 + random.nextInt(400), TimeUnit.MILLISECONDS);
      process.destroyForcibly().waitFor();
    }
    assertThat(run("killed", "--resume").exit()).isZero();
    assertThat(weights("killed")).isEqualTo(weights("straight"));
  }

  @Test
  void aSignalSavesFirstAndAnotherSpecIsRefusedWithItsDifferences() throws Exception {
    Files.writeString(
        folder.resolve("run.yaml"), SPEC.replace("save: { steps: 7 }", "save: { seconds: 9999 }"));
    Path err = folder.resolve("err.txt");
    Process process = start("home", err);
    while (process.isAlive() && !Files.readString(err).contains("epoch 4/")) {
      process.waitFor(20, TimeUnit.MILLISECONDS);
    }
    process.destroy();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(err)).contains("training was interrupted and saved");
    assertThat(hasCheckpoint("home")).isTrue();
    Command other = run("home", "--resume", "--set", "train.batch=16");
    assertThat(other.exit()).isNotZero();
    assertThat(other.err()).contains("train.batch: 8 → 16");
    assertThat(run("home", "--resume").exit()).isZero();
  }

  @Test
  void crossValidationAndASearchThatGoesOnWhereItStood() throws Exception {
    Files.writeString(
        folder.resolve("run.yaml"),
        SPEC.replace("epochs: 400", "epochs: 20").replace("ema: 0.99", "ema: 0.5")
            + """
              cross-validate: { folds: 3, by: stratified }
              search:
                over: { train.optimizer.adamw.rate: { of: [1e-9, 0.01] }, model.layers.0.dense.units: { of: [4, 16] } }
                parallel: 2
              """);
    Command command = run("home");
    assertThat(command.exit()).as(command.err()).isZero();
    JsonNode result = command.json();
    assertThat(result.path("settings").toString()).contains("train.optimizer.adamw.rate=0.01");
    assertThat(result.path("metrics").path("cv.accuracy").doubleValue()).isGreaterThan(0.5);
    assertThat(result.path("metrics").path("cv.accuracy.deviation").doubleValue()).isLessThan(0.3);
    assertThat(command.err()).contains("4/4  val_loss");
    long trials;
    try (var kept = Files.walk(folder.resolve("home/searches"))) {
      trials = kept.filter(file -> file.toString().endsWith(".json")).count();
    }
    assertThat(trials).isEqualTo(4);
    Command again = run("home");
    assertThat(again.json().path("stages").toString()).contains("cached");
    Command wrong = run("home", "--set", "search.over={train.bach: {of: [1]}}");
    assertThat(wrong.err()).contains("train.bach").contains("batch");
    Command halving =
        run("home", "--set", "search.method={halving: {trials: 4, factor: 2, epochs: 1}}");
    assertThat(halving.exit()).as(halving.err()).isZero();
  }

  @Test
  void mistakesOfTheTrainerAreOneSentence() throws Exception {
    assertThat(run("home", "--set", "train.schedule={warmup: 100000}").err())
        .contains("the schedule Warmup takes 100000 steps");
    assertThat(run("home", "--set", "train.freeze=[nothing]").err())
        .contains("no layer is called \"nothing\"");
    assertThat(run("home", "--set", "train.class-weights={k9: 2}").err())
        .contains("no class \"k9\"");
    assertThat(run("home", "--set", "train.loss=huber").err()).contains("huber needs numbers");
    assertThat(run("home", "--set", "train.early-stop={metric: val_lss}").err())
        .contains("no metric \"val_lss\"");
    assertThat(run("home", "--set", "train.batch=100000").err()).contains("larger than the");
    assertThat(run("home", "--set", "model.layers.3={dense: 2}").err()).contains("3 outputs");
    assertThat(run("home", "--set", "train.augment=[flip]").err()).contains("pictures");
    assertThat(run("home", "--set", "cross-validate={folds: 999}").err()).contains("999 folds");
    assertThat(run("home", "--set", "train.validation=0.0001").err()).contains("split is empty");
  }
}

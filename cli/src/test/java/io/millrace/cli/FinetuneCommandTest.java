package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ground.file.Hashes;
import io.millrace.model.folder.LanguagePackage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** finetune, the adapters it writes, and doctor training, as a user types them. */
class FinetuneCommandTest {
  private static final Path MODEL =
      Path.of(
          System.getProperty("basedir", "."),
          "../serve/src/test/resources/io/millrace/serve/language/im-qwen2");
  private static final Path OTHER =
      Path.of(
          System.getProperty("basedir", "."),
          "../model/src/test/resources/io/millrace/model/folder/gpt2");

  @TempDir Path home;
  private Path chats;

  @BeforeEach
  void write() throws Exception {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 48; i++) {
      int a = 1 + i % 8;
      int b = 1 + i / 8;
      rows.append(
          "{\"prompt\": \"what is %d + %d\", \"completion\": \"it is %d\"}\n"
              .formatted(a, b, a + b));
    }
    chats = Files.writeString(home.resolve("chats.jsonl"), rows);
  }

  @Test
  void adaptersLearnAndAreUsed() throws Exception {
    Path output = home.resolve("out");
    Command tuned =
        Command.run(
            home,
            "finetune",
            MODEL.toString(),
            "--data",
            chats.toString(),
            "--method",
            "lora",
            "--rank",
            "4",
            "--rate",
            "0.01",
            "--batch",
            "2",
            "--epochs",
            "10",
            "--output",
            output.toString(),
            "--json");
    assertThat(tuned.exit()).as(tuned.err()).isZero();
    assertThat(tuned.err()).contains("⟦it is ", "<|im_end|>⟧", "% are learned".substring(1));
    JsonNode result = tuned.json();
    JsonNode epochs = result.path("history").path("epochs");
    double last = epochs.get(epochs.size() - 1).path("values").path("val_loss").asDouble();
    assertThat(last).isLessThan(0.5 * result.path("before").asDouble());
    assertThat(output.resolve("checkpoint.safetensors")).doesNotExist();
    assertThat(output.resolve("losses.csv")).isNotEmptyFile();
    String adapter = output.resolve("adapter").toString();
    LanguagePackage papers =
        Objects.requireNonNull(LanguagePackage.read(output.resolve("adapter")));
    assertThat(papers.manifest().kind()).isEqualTo(LanguagePackage.Kind.ADAPTER);
    assertThat(papers.manifest().base()).isEqualTo("im-qwen2");
    assertThat(papers.provenance().data()).containsEntry("train", Hashes.of(chats));
    assertThat(papers.provenance().metrics()).containsKey("val_loss");
    assertThat(papers.card()).contains("# out", "val_loss", "数据的 SHA-256");
    String[] question = {"--prompt", "x", "--max-tokens", "3", "--json"};
    assertThat(generate(MODEL, adapter, question).exit()).isZero();
    Command foreign = generate(OTHER, adapter, "--ids", "1,2", "--max-tokens", "3");
    assertThat(foreign.exit()).isEqualTo(1);
    assertThat(foreign.err()).contains("another model").doesNotContain("\tat ");
    Command again =
        Command.run(
            home,
            "finetune",
            MODEL.toString(),
            "--data",
            chats.toString(),
            "--output",
            output.toString());
    assertThat(again.exit()).isEqualTo(2);
    assertThat(again.err()).contains("earlier run");
  }

  private Command generate(Path model, String adapter, String... more) throws Exception {
    List<String> all = new java.util.ArrayList<>(List.of("generate", model.toString()));
    all.addAll(List.of("--adapter", adapter));
    all.addAll(List.of(more));
    return Command.run(home, all.toArray(String[]::new));
  }

  @Test
  void killedAndResumedEqualsUninterrupted() throws Exception {
    Path straight = home.resolve("straight");
    assertThat(Command.run(home, command(straight)).exit()).isZero();
    Path broken = home.resolve("broken");
    Path log = home.resolve("log");
    Process process = Command.start(home, List.of(), log, log, command(broken));
    Path checkpoint = broken.resolve("checkpoint.safetensors");
    while (process.isAlive() && !Files.exists(checkpoint)) {
      process.waitFor(5, TimeUnit.MILLISECONDS);
    }
    process.destroyForcibly().waitFor();
    String[] resumed = command(broken);
    resumed[resumed.length - 1] = "--resume";
    fullDiskLosesNothing(checkpoint, resumed);
    Command second = Command.run(home, resumed);
    assertThat(second.exit()).as(second.err()).isZero();
    assertThat(Files.readAllBytes(broken.resolve("model/model.safetensors")))
        .isEqualTo(Files.readAllBytes(straight.resolve("model/model.safetensors")));
  }

  /** The next checkpoint does not fit any more: one sentence, and the last one stays. */
  private void fullDiskLosesNothing(Path checkpoint, String... resumed) throws Exception {
    if (!Files.isExecutable(Path.of("/bin/bash"))) {
      return;
    }
    byte[] before = Files.readAllBytes(checkpoint);
    Command full = Command.withFilesUpTo(1000, home, resumed);
    assertThat(full.exit()).isEqualTo(1);
    assertThat(full.err()).contains("checkpoint.safetensors").doesNotContain("\tat ");
    assertThat(Files.readAllBytes(checkpoint)).isEqualTo(before);
  }

  private String[] command(Path output) {
    return new String[] {
      "finetune",
      MODEL.toString(),
      "--data",
      chats.toString(),
      "--epochs",
      "60",
      "--batch",
      "2",
      "--rate",
      "0.003",
      "--set",
      "data.packed=false",
      "--output",
      output.toString(),
      "--json"
    };
  }

  @Test
  void mistakesAreNamed() throws Exception {
    Path wrong = Files.writeString(home.resolve("wrong.jsonl"), "{\"prompt\": \"q\"}\n");
    Command row =
        Command.run(
            home,
            "finetune",
            MODEL.toString(),
            "--data",
            wrong.toString(),
            "--output",
            home.resolve("x").toString());
    assertThat(row.exit()).isEqualTo(1);
    assertThat(row.err()).contains("wrong.jsonl:1", "response").doesNotContain("\tat ");
    Command nothing = Command.run(home, "finetune", MODEL.toString());
    assertThat(nothing.exit()).isEqualTo(2);
    assertThat(nothing.err()).contains("--data");
    Command rank =
        Command.run(
            home,
            "finetune",
            MODEL.toString(),
            "--data",
            chats.toString(),
            "--rank",
            "4",
            "--output",
            home.resolve("z").toString());
    assertThat(rank.exit()).isEqualTo(2);
    assertThat(rank.err()).contains("--method lora");
    Command nowhere = Command.run(home, "finetune", MODEL.toString(), "--data", chats.toString());
    assertThat(nowhere.err()).contains("--output");
    Command wide =
        Command.run(
            home,
            "finetune",
            MODEL.toString(),
            "--data",
            chats.toString(),
            "--length",
            "100000",
            "--output",
            home.resolve("y").toString());
    assertThat(wide.exit()).isEqualTo(1);
    assertThat(wide.err()).contains("100000", "256");
  }

  @Test
  void doctorTrainingPasses() throws Exception {
    Command doctor = Command.run(home, "doctor", "training", MODEL.toString(), "--json");
    assertThat(doctor.exit()).as(doctor.out()).isZero();
    assertThat(doctor.json()).hasSize(9);
    Command unknown = Command.run(home, "doctor", "weather");
    assertThat(unknown.exit()).isEqualTo(2);
    assertThat(unknown.err()).contains("weather", "training");
  }

  @Test
  void aClassifierIsTrainedByRunAndAsked() throws Exception {
    Path place = Files.createDirectories(home.resolve("stars"));
    Files.createDirectories(place.resolve("model"));
    Files.writeString(
        place.resolve("model/config.json"),
        """
        {"model_type": "bert", "architectures": ["BertForMaskedLM"], "vocab_size": 200,
         "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
         "intermediate_size": 64, "max_position_embeddings": 64, "initializer_range": 0.1,
         "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        """);
    StringBuilder rows = new StringBuilder("review,stars\n");
    for (int i = 0; i < 200; i++) {
      rows.append(i % 2 == 0 ? "很好 good " : "很差 bad ")
          .append(i)
          .append(i % 2 == 0 ? ",5\n" : ",1\n");
    }
    Files.writeString(place.resolve("rows.csv"), rows);
    Files.writeString(
        place.resolve("run.yaml"),
        """
        model: model
        fresh: true
        task: classify
        vocabulary: {kind: words, size: 200}
        data: {train: [rows.csv], key: review, label: stars, held: 0.1, length: 16}
        train: {epochs: 6, batch: 16, optimizer: {adamw: {rate: 0.005}}}
        """);
    Command trained = Command.run(home, "run", place.resolve("run.yaml").toString(), "--json");
    assertThat(trained.exit()).as(trained.err()).isZero();
    JsonNode epochs = trained.json().path("history").path("epochs");
    assertThat(epochs.get(epochs.size() - 1).path("values").path("val_accuracy").asDouble())
        .isEqualTo(1);
    Path model = Path.of(trained.json().path("folder").asString());
    assertThat(model.getParent().resolve("report.html")).exists();
    Path asked = Files.writeString(home.resolve("asked.csv"), "review\n很好 good 7\n很差 bad 8\n");
    Command said =
        Command.run(
            home,
            "predict",
            model.toString(),
            "--input",
            asked.toString(),
            "--text",
            "review",
            "--json");
    assertThat(said.exit()).as(said.err()).isZero();
    assertThat(said.json().get(0).path("label").asString()).isEqualTo("5");
    assertThat(said.json().get(1).path("label").asString()).isEqualTo("1");
    Command wrong = Command.run(home, "predict", model.toString(), "--input", asked.toString());
    assertThat(wrong.exit()).isNotZero();
    assertThat(wrong.err()).contains("asked.csv #1", "review").doesNotContain("Exception");
  }
}

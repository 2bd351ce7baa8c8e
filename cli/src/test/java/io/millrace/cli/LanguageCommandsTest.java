package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ground.json.Json;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.safetensors.SafetensorsFile;
import io.millrace.tensor.safetensors.SafetensorsWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** generate, chat, tokenize, embed, forward and convert as a user types them. */
class LanguageCommandsTest {
  private static final Path MODEL =
      Path.of(
          System.getProperty("basedir", "."),
          "../serve/src/test/resources/io/millrace/serve/language/im-qwen2");
  private static final Path ENCODER =
      Path.of(
          System.getProperty("basedir", "."),
          "../model/src/test/resources/io/millrace/model/folder/bert-mlm");

  @TempDir Path home;

  @Test
  void generatesFromTextAndFromIds() throws Exception {
    Command text =
        Command.run(
            home, "generate", MODEL.toString(), "--prompt", "Hello", "--max-tokens", "6", "--json");
    assertThat(text.exit()).as(text.err()).isZero();
    JsonNode answer = text.json();
    assertThat(answer.path("ids").size()).isBetween(1, 6);
    assertThat(answer.path("tokens_per_second").asDouble()).isPositive();
    JsonNode first = Json.read(MODEL.resolve("expected.json")).path("cases").get(0);
    StringBuilder ids = new StringBuilder();
    first.path("ids").forEach(id -> ids.append(ids.isEmpty() ? "" : ",").append(id.asLong()));
    Command numbers =
        Command.run(
            home,
            "generate",
            MODEL.toString(),
            "--ids",
            ids.toString(),
            "--max-tokens",
            "4",
            "--json");
    assertThat(numbers.json().path("ids").get(0).asLong())
        .isEqualTo(first.path("completion_ids").get(0).asLong());
  }

  @Test
  void refusesWrongUseInASentence() throws Exception {
    Command none = Command.run(home, "generate", MODEL.toString());
    assertThat(none.exit()).isEqualTo(2);
    assertThat(none.err()).contains("--prompt").doesNotContain("\tat ");
    Command absent = Command.run(home, "generate", "no-such-folder", "--prompt", "x");
    assertThat(absent.exit()).isPositive();
    assertThat(absent.err()).contains("no-such-folder").doesNotContain("\tat ");
    Command encoder = Command.run(home, "generate", ENCODER.toString(), "--ids", "1");
    assertThat(encoder.exit()).isEqualTo(1);
    assertThat(encoder.err()).contains("BertForMaskedLM").doesNotContain("\tat ");
    Command noTemplate = Command.run(home, "chat", ENCODER.resolveSibling("gpt2").toString());
    assertThat(noTemplate.exit()).isEqualTo(1);
    assertThat(noTemplate.err()).contains("tokenizer").doesNotContain("\tat ");
    Command range =
        Command.run(home, "generate", MODEL.toString(), "--prompt", "x", "--temperature", "-1");
    assertThat(range.err()).contains("temperature").doesNotContain("\tat ");
  }

  @Test
  void answersAConversationOnceAndRemembersALongOne() throws Exception {
    Path messages = home.resolve("messages.json");
    Files.writeString(messages, "[{\"role\":\"user\",\"content\":\"Hello, who are you?\"}]");
    Command once =
        Command.run(
            home,
            "chat",
            MODEL.toString(),
            "--messages",
            messages.toString(),
            "--max-tokens",
            "5",
            "--json");
    assertThat(once.exit()).as(once.err()).isZero();
    JsonNode expected = Json.read(MODEL.resolve("expected.json")).path("cases").get(0);
    assertThat(once.json().path("prompt_tokens").asInt()).isEqualTo(expected.path("ids").size());
    Path out = home.resolve("out");
    Path err = home.resolve("err");
    Process talk =
        Command.start(
            home, List.of(), out, err, "chat", MODEL.toString(), "--max-tokens", "3", "--json");
    talk.getOutputStream()
        .write("Hello\n\nAgain\n/new\nOnce more\n/bye\n".getBytes(StandardCharsets.UTF_8));
    talk.getOutputStream().close();
    assertThat(talk.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(talk.exitValue()).as(Files.readString(err)).isZero();
    assertThat(Files.readAllLines(out)).hasSize(3);
  }

  @Test
  void tokenizesBothWaysAndLearns() throws Exception {
    Command cut = Command.run(home, "tokenize", MODEL.toString(), "Hello 世界", "--json");
    assertThat(cut.exit()).as(cut.err()).isZero();
    StringBuilder ids = new StringBuilder();
    cut.json().path("ids").forEach(id -> ids.append(ids.isEmpty() ? "" : ",").append(id.asLong()));
    Command back = Command.run(home, "tokenize", MODEL.toString(), "--ids", ids.toString());
    assertThat(back.out().strip()).isEqualTo("Hello 世界");
    Path corpus = home.resolve("corpus.txt");
    Files.writeString(corpus, "the mill turns the wheel\n".repeat(50));
    Command learned =
        Command.run(
            home,
            "tokenize",
            home.resolve("own").toString(),
            "--train",
            corpus.toString(),
            "--size",
            "280",
            "--json");
    assertThat(learned.exit()).as(learned.err()).isZero();
    Command own = Command.run(home, "tokenize", home.resolve("own").toString(), "the mill");
    assertThat(own.out()).contains("the").contains("2 tokens");
  }

  @Test
  void forwardsTensors() throws Exception {
    Path output = home.resolve("y.safetensors");
    Command forward =
        Command.run(
            home,
            "forward",
            ENCODER.toString(),
            "--inputs",
            ENCODER.resolve("inputs.safetensors").toString(),
            "--output",
            output.toString(),
            "--json");
    assertThat(forward.exit()).as(forward.err()).isZero();
    assertThat(forward.json().path("shapes").path("logits").size()).isEqualTo(3);
    try (SafetensorsFile got = SafetensorsFile.open(output);
        SafetensorsFile want = SafetensorsFile.open(ENCODER.resolve("expected.safetensors"));
        Scope scope = Scope.open()) {
      double apart =
          got.tensor("logits").sub(want.tensor("logits")).abs().flatten(0, -1).amax(0).item();
      assertThat(apart).isLessThan(1e-4);
    }
    Path wrong = home.resolve("x.safetensors");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          wrong, Map.of("input_ids", Tensors.of(new long[] {1, 9_999}, 1, 2)), Map.of());
    }
    Command outside =
        Command.run(
            home,
            "forward",
            ENCODER.toString(),
            "--inputs",
            wrong.toString(),
            "--output",
            output.toString());
    assertThat(outside.exit()).isEqualTo(1);
    assertThat(outside.err()).contains("9999").contains("300").doesNotContain("\tat ");
  }

  @Test
  void embedsTexts() throws Exception {
    Path folder = home.resolve("encoder");
    Files.createDirectories(folder);
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(ENCODER.resolve(name), folder.resolve(name));
    }
    Files.writeString(
        folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nmill\nriver\nthe\n");
    Command embed =
        Command.run(home, "embed", folder.toString(), "the mill", "the river", "--json");
    assertThat(embed.exit()).as(embed.err()).isZero();
    assertThat(embed.json().size()).isEqualTo(2);
    assertThat(embed.json().get(1).path("embedding").size()).isEqualTo(48);
    Command tooLong = Command.run(home, "embed", folder.toString(), "mill ".repeat(100));
    assertThat(tooLong.exit()).isEqualTo(1);
    assertThat(tooLong.err()).contains("102").contains("64");
  }
}

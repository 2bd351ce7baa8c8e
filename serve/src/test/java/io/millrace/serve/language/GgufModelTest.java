package io.millrace.serve.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.data.chat.ChatTemplate;
import io.millrace.data.chat.Message;
import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.generation.Sampling;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Models in GGUF files, as the gguf package writes them, beside the folders they were made of. */
class GgufModelTest {
  private static final Path HERE =
      Path.of(System.getProperty("basedir", "."), "src/test/resources/io/millrace/serve/language");

  @TempDir Path folder;

  @BeforeEach
  void cache() {
    System.setProperty("millrace.cache", folder.resolve("cache").toString());
  }

  private static long[] longs(JsonNode list) {
    long[] all = new long[list.size()];
    Arrays.setAll(all, i -> list.get(i).asLong());
    return all;
  }

  @Test
  void readsTokenizerTemplateAndEightBitWeights() {
    try (LanguageModel model = LanguageModel.open(HERE.resolve("im-qwen2-q8_0.gguf"));
        LanguageModel whole = LanguageModel.open(HERE.resolve("im-qwen2"))) {
      for (JsonNode one : Json.read(HERE.resolve("im-qwen2/expected.json")).path("cases")) {
        List<Message> messages = Message.list(one.path("messages"), "case");
        long[] ids = model.format().ids(messages, ChatTemplate.Options.PROMPT);
        assertThat(ids).isEqualTo(longs(one.path("ids")));
        assertThat(model.tokenizer().decode(longs(one.path("completion_ids"))))
            .isEqualTo(one.path("completion_text").asString());
      }
      assertThat(model.settings().ends()).contains(2L);
      whole
          .model()
          .weights()
          .forEach(
              (name, weight) -> {
                try (Scope scope = Scope.open()) {
                  Tensor read = Objects.requireNonNull(model.model().weights().get(name));
                  float[] wanted = weight.toFloats();
                  float[] got = read.toFloats();
                  float most = 0;
                  for (float value : wanted) {
                    most = Math.max(most, Math.abs(value));
                  }
                  for (int i = 0; i < wanted.length; i++) {
                    assertThat(got[i]).as(name).isCloseTo(wanted[i], within(most / 120));
                  }
                }
              });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "mistral", "qwen2", "qwen3", "im-qwen2"})
  void computesWhatTheFolderComputes(String name) throws Exception {
    String python = System.getenv("MILLRACE_TEST_PYTHON");
    assumeTrue(python != null, "needs MILLRACE_TEST_PYTHON: a Python with gguf");
    Path shared = HERE.resolve("../../../../../../../../../shared/parity/models").resolve(name);
    Path model = name.equals("im-qwen2") ? HERE.resolve(name) : shared;
    assumeTrue(Files.exists(model), "needs ../shared/parity/models/" + name);
    Path script = HERE.resolve("../../../../../python/gguf_model.py");
    Path file = folder.resolve("model.gguf");
    Process made =
        new ProcessBuilder(
                python, script.toString(), model.toString(), file.toString(), "F32", "gpt-2")
            .inheritIO()
            .start();
    assertThat(made.waitFor()).isZero();
    try (LanguageModel read = LanguageModel.open(file);
        Pretrained whole = Pretrained.open(model);
        Scope scope = Scope.open()) {
      long[] ids = {5, 17, 200, 3, 3, 99, 42, 7};
      Inputs inputs = Inputs.ids(Tensors.of(ids, 1, ids.length));
      float[] wanted = logits(whole, inputs);
      float[] got = logits(read.model(), inputs);
      for (int i = 0; i < wanted.length; i++) {
        assertThat(got[i]).isCloseTo(wanted[i], within(1e-5f));
      }
      assertThat(read.generate(ids, Sampling.greedy(8), List.of(), piece -> {}).ids()).hasSize(8);
    }
  }

  private static float[] logits(Pretrained model, Inputs inputs) {
    return Objects.requireNonNull(model.forward(inputs).get("logits")).toFloats();
  }

  @Test
  void whatCannotBeReadIsSaid() throws Exception {
    byte[] whole = Files.readAllBytes(HERE.resolve("im-qwen2-q8_0.gguf"));
    Path file = folder.resolve("broken.gguf");
    Files.write(file, Arrays.copyOf(whole, whole.length - 100));
    assertThatThrownBy(() -> LanguageModel.open(file))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("broken.gguf");
    byte[] other = whole.clone();
    int at = new String(whole, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("qwen2");
    other[at] = 'Q';
    Files.write(file, other);
    assertThatThrownBy(() -> LanguageModel.open(file))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("Qwen2");
  }
}

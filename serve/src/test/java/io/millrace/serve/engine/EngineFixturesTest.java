package io.millrace.serve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.model.architecture.CausalModel;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.generation.Sampling;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.safetensors.SafetensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every causal folder of the parity fixtures writes transformers' tokens, in any company. */
class EngineFixturesTest {
  private static Path folder(String name) {
    Path base = Path.of(System.getProperty("basedir", "."));
    Path embedded =
        base.resolve("../model/src/test/resources/io/millrace/model/folder").resolve(name);
    return Files.exists(embedded)
        ? embedded
        : base.resolve("../../shared/parity/models").resolve(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama3", "mistral", "qwen2", "qwen3", "gemma3"})
  void writesTransformersTokens(String name) {
    Path folder = folder(name);
    assumeTrue(Files.exists(folder), "needs ../shared/parity/models/" + name);
    long[] greedy;
    try (Scope scope = Scope.open();
        SafetensorsFile expected = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
      greedy = expected.tensor("greedy").toLongs();
    }
    long[] prompt = Arrays.copyOf(greedy, greedy.length - 16);
    long[] wanted = Arrays.copyOfRange(greedy, prompt.length, greedy.length);
    LanguageEngine.Options options = new LanguageEngine.Options(20, 8192, 64, 64, true, 8);
    try (Pretrained model = Pretrained.open(folder);
        LanguageEngine engine =
            LanguageEngine.start(
                name, (CausalModel) model.architecture(), DType.FLOAT32, options)) {
      int vocabulary = ((CausalModel) model.architecture()).vocabulary();
      assertThat(write(engine, prompt).ids(0)).isEqualTo(wanted);
      Random random = new Random(1);
      List<Heard> others = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        others.add(write(engine, random.longs(1 + i, 0, vocabulary).toArray()));
      }
      LanguageEngine.Ticket cancelled =
          engine.submit(Order.of(prompt, Sampling.greedy(16)), new Heard(1));
      Heard among = write(engine, prompt);
      cancelled.cancel();
      assertThat(among.ids(0)).isEqualTo(wanted);
      others.forEach(other -> assertThat(other.ids(0)).hasSize(16));
      assertThat(write(engine, prompt).ids(0)).isEqualTo(wanted);
    }
  }

  private static Heard write(LanguageEngine engine, long[] prompt) {
    Heard heard = new Heard(1);
    engine.submit(Order.of(prompt, Sampling.greedy(16)), heard);
    return heard;
  }
}

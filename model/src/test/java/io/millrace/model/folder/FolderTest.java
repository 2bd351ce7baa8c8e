package io.millrace.model.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import io.millrace.model.architecture.CausalModel;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Cache;
import io.millrace.model.transformer.KeyValueCache;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.safetensors.SafetensorsFile;
import io.millrace.tensor.safetensors.SafetensorsWriter;
import io.millrace.tensor.safetensors.ShardedSafetensors;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class FolderTest {
  @TempDir Path folder;

  @BeforeEach
  void copy() throws IOException {
    for (String name : new String[] {"config.json", "model.safetensors", "inputs.safetensors"}) {
      Files.copy(FixturesTest.folder("gpt2").resolve(name), folder.resolve(name));
    }
  }

  private void config(BiConsumer<ObjectNode, Path> change) {
    Path file = folder.resolve("config.json");
    ObjectNode node = (ObjectNode) Json.read(file);
    change.accept(node, file);
    Json.write(file, node);
  }

  private void weights(java.util.function.Consumer<Map<String, Tensor>> change) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> all = new LinkedHashMap<>();
      try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
        file.names().forEach(name -> all.put(name, file.tensor(name)));
      }
      change.accept(all);
      SafetensorsWriter.write(folder.resolve("model.safetensors"), all, Map.of());
    }
  }

  private void refused(String... parts) {
    assertThatThrownBy(() -> Pretrained.open(folder).close())
        .isInstanceOf(Problem.class)
        .satisfies(
            e -> {
              for (String part : parts) {
                assertThat(e.getMessage()).contains(part);
              }
            });
  }

  @Test
  void refusesUnknownArchitecturesAndOptionsByName() {
    config((node, file) -> node.put("scale_attn_by_moonlight", true));
    refused("scale_attn_by_moonlight", "true");
    config(
        (node, file) -> {
          node.remove("scale_attn_by_moonlight");
          node.putArray("architectures").add("GPT2DoubleHeadsModel");
        });
    refused("GPT2DoubleHeadsModel");
    config((node, file) -> node.put("model_type", "hyena"));
    refused("hyena", "gpt2");
  }

  @ParameterizedTest
  @CsvSource({
    "n_head, 5",
    "n_embd, -48",
    "n_layer, 0",
    "n_positions, 99999999999",
    "vocab_size, \"many\"",
    "activation_function, \"gelu_squared\"",
    "add_cross_attention, true",
    "attn_pdrop, 1.5",
    "layer_norm_epsilon, null"
  })
  void namesTheSettingThatIsWrong(String key, String value) {
    config((node, file) -> node.set(key, Json.read(value.replace("'", "\""), "value")));
    if (value.equals("null")) {
      Pretrained.open(folder).close(); // absent: the architecture's default
      return;
    }
    refused(key);
  }

  @Test
  void namesBothSidesWhereConfigAndWeightsDisagree() {
    config((node, file) -> node.put("vocab_size", 333));
    refused("transformer.wte.weight", "[300, 48]", "[333, 48]");
  }

  @Test
  void listsMissingAndSurplusWeights() {
    weights(all -> all.remove("transformer.h.1.mlp.c_fc.bias"));
    refused("transformer.h.1.mlp.c_fc.bias", "missing");
    weights(
        all -> {
          all.put("transformer.h.1.mlp.c_fc.bias", Tensors.zeros(DType.FLOAT32, 192));
          all.put("transformer.h.3.ln_1.weight", Tensors.zeros(DType.FLOAT32, 48));
        });
    refused("transformer.h.3.ln_1.weight", "no place");
  }

  @Test
  void tellsWhatAnotherHeadWouldUse() {
    weights(all -> all.put("score.weight", Tensors.zeros(DType.FLOAT32, 2, 48)));
    try (Pretrained model = Pretrained.open(folder)) {
      assertThat(model.leftOut()).containsExactly("score.weight");
    }
  }

  @Test
  void advisesAgainstPickles() throws IOException {
    Files.move(folder.resolve("model.safetensors"), folder.resolve("pytorch_model.bin"));
    refused("pytorch_model.bin", "safetensors");
    Files.delete(folder.resolve("pytorch_model.bin"));
    refused("no weights");
    Files.delete(folder.resolve("config.json"));
    refused("config.json");
  }

  @Test
  void refusesTruncatedAndLyingFiles() throws IOException {
    Path file = folder.resolve("model.safetensors");
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {0, 4, 100, whole.length / 2, whole.length - 1}) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      refused("model.safetensors");
    }
    int header = (int) (whole[0] & 0xff | (whole[1] & 0xff) << 8);
    String text = new String(whole, 8, header, StandardCharsets.UTF_8);
    for (String[] lie :
        new String[][] {
          {"\"shape\":[48]", "\"shape\":[-8]"},
          {"\"shape\":[48]", "\"shape\":[49]"},
          {"\"dtype\":\"F32\"", "\"dtype\":\"F99\""}
        }) {
      byte[] lying = whole.clone();
      byte[] bytes = text.replaceFirst(java.util.regex.Pattern.quote(lie[0]), lie[1]).getBytes();
      System.arraycopy(bytes, 0, lying, 8, bytes.length);
      Files.write(file, lying);
      refused("model.safetensors");
    }
    Files.write(file, whole);
    Pretrained.open(folder).close();
  }

  @Test
  void refusesAnIndexThatLeavesTheFolder() throws IOException {
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\":{\"transformer.wte.weight\":\"../../secret.safetensors\"}}");
    refused("../../secret.safetensors");
  }

  @Test
  void refusesBrokenConfigurations() throws IOException {
    Path file = folder.resolve("config.json");
    for (String broken : new String[] {"", "[]", "{", "{\"a\":1,\"a\":2}", "[".repeat(50_000)}) {
      Files.writeString(file, broken);
      refused("config.json");
    }
    try (RandomAccessFile huge = new RandomAccessFile(file.toFile(), "rw")) {
      huge.setLength(1L << 30);
    }
    refused("config.json");
  }

  @Test
  void refusesIdsOutsideTheVocabulary() {
    try (Pretrained model = Pretrained.open(folder);
        Scope scope = Scope.open()) {
      for (long id : new long[] {300, -1, Long.MAX_VALUE}) {
        assertThatThrownBy(() -> model.forward(Inputs.ids(Tensors.of(new long[] {1, id}, 1, 2))))
            .isInstanceOf(Problem.class)
            .hasMessageContaining(String.valueOf(id))
            .hasMessageContaining("300");
      }
      assertThatThrownBy(() -> model.forward(Inputs.ids(Tensors.of(new long[65], 1, 65))))
          .isInstanceOf(Problem.class)
          .hasMessageContaining("65")
          .hasMessageContaining("64");
      assertThatThrownBy(() -> model.forward(new Inputs(Map.of()))).isInstanceOf(Problem.class);
      assertThatThrownBy(
              () ->
                  model.forward(
                      new Inputs(
                          Map.of(
                              "input_ids", Tensors.of(new long[] {1}, 1, 1),
                              "pixel_values", Tensors.of(new long[] {1}, 1, 1)))))
          .isInstanceOf(Problem.class)
          .hasMessageContaining("pixel_values");
      assertThatThrownBy(() -> model.forward(Inputs.ids(Tensors.of(new float[] {1}, 1, 1))))
          .isInstanceOf(Problem.class);
    }
  }

  @Test
  void savesAndOpensInShardsAndInHalfPrecision(@TempDir Path saved) {
    try (Pretrained model = Pretrained.open(folder);
        Scope scope = Scope.open();
        SafetensorsFile inputs = SafetensorsFile.open(folder.resolve("inputs.safetensors"))) {
      Tensor ids = inputs.tensor("input_ids");
      Tensor logits = model.forward(Inputs.ids(ids)).get("logits");
      assertThat(model.parameterCount()).isEqualTo(102_384);
      model.save(saved);
      try (Pretrained again = Pretrained.open(saved)) {
        assertThat(again.forward(Inputs.ids(ids)).get("logits").toFloats())
            .isEqualTo(logits.toFloats());
      }
      Map<String, Tensor> weights = new LinkedHashMap<>();
      try (ShardedSafetensors file = ShardedSafetensors.open(saved)) {
        file.names().forEach(name -> weights.put(name, file.tensor(name)));
      }
      Path shards = saved.resolve("shards");
      try {
        Files.createDirectories(shards);
        Files.copy(saved.resolve("config.json"), shards.resolve("config.json"));
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      ShardedSafetensors.write(shards, weights, Map.of(), 60_000);
      try (Pretrained again = Pretrained.open(shards)) {
        assertThat(again.forward(Inputs.ids(ids)).get("logits").toFloats())
            .isEqualTo(logits.toFloats());
      }
      try (Pretrained half = Pretrained.open(folder, DType.BFLOAT16)) {
        Tensor rough = half.forward(Inputs.ids(ids)).get("logits");
        assertThat(rough.dtype()).isEqualTo(DType.BFLOAT16);
        assertThat(FixturesTest.distance(rough, logits, null)).isLessThan(0.2);
      }
    }
  }

  @Test
  void cachesOfEveryKindGiveTheSameStates() {
    try (Pretrained model = Pretrained.open(folder);
        Mode mode = Mode.noGradient();
        Scope scope = Scope.open()) {
      CausalModel causal = (CausalModel) model.architecture();
      long[] ids = new long[40];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = 3 + 5 * i % 290;
      }
      float[] whole =
          causal
              .states(
                  Tensors.of(ids, 1, 40),
                  Stack.Places.from(0, 40),
                  null,
                  null,
                  Layer.Pass.INFERENCE)
              .toFloats();
      for (Cache cache :
          new KeyValueCache[] {
            KeyValueCache.growing(causal.stack()), KeyValueCache.fixed(causal.stack(), 40)
          }) {
        int done = 0;
        for (int time : new int[] {7, 1, 1, 20, 1, 10}) {
          Tensor states =
              causal.states(
                  Tensors.of(java.util.Arrays.copyOfRange(ids, done, done + time), 1, time),
                  Stack.Places.from(done, time),
                  cache,
                  null,
                  Layer.Pass.INFERENCE);
          float[] some = states.toFloats();
          for (int i = 0; i < some.length; i++) {
            assertThat(some[i])
                .isCloseTo(whole[done * 48 + i], org.assertj.core.data.Offset.offset(1e-4f));
          }
          done += time;
        }
        assertThat(cache.length()).isEqualTo(40);
        cache.close();
      }
      try (Cache small = KeyValueCache.fixed(causal.stack(), 8)) {
        assertThatThrownBy(
                () ->
                    causal.states(
                        Tensors.of(new long[9], 1, 9),
                        Stack.Places.from(0, 9),
                        small,
                        null,
                        Layer.Pass.INFERENCE))
            .isInstanceOf(Problem.class)
            .hasMessageContaining("8")
            .hasMessageContaining("9");
      }
    }
  }

  @Test
  void memoryStaysFlatOverManySteps() {
    try (Pretrained model = Pretrained.open(folder);
        Scope scope = Scope.open()) {
      Tensor ids = Tensors.of(new long[] {1, 2, 3}, 1, 3);
      long before = 0;
      for (int i = 0; i < 300; i++) {
        try (Scope step = Scope.open()) {
          model.forward(Inputs.ids(ids));
        }
        if (i == 10) {
          before = Scope.liveTensors();
        }
      }
      assertThat(Scope.liveTensors()).isEqualTo(before);
    }
  }
}

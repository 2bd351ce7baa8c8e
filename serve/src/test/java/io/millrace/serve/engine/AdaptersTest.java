package io.millrace.serve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.architecture.CausalModel;
import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.LoraSpec;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.generation.Choice;
import io.millrace.model.generation.Generator;
import io.millrace.model.generation.Sampling;
import io.millrace.model.transformer.Changes;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.NarrowWeight;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts of several adapters in one batch, beside each alone and the offline generator. */
class AdaptersTest {
  private static final String CONFIG =
      """
      {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 300,
       "hidden_size": 60, "intermediate_size": 101, "num_hidden_layers": 2,
       "num_attention_heads": 6, "num_key_value_heads": 2, "max_position_embeddings": 700,
       "initializer_range": 0.3}
      """;
  private static final List<String> NAMES = List.of("all", "few", "lengths");

  @TempDir Path folder;

  /** Three adapters: on all products, on two of them, and with learned lengths (DoRA). */
  @BeforeEach
  void make() throws Exception {
    Files.writeString(folder.resolve("config.json"), CONFIG);
    try (Pretrained model = Pretrained.fresh(folder, 7)) {
      model.save(folder.resolve("saved"));
      save(model, "all", new LoraSpec(4, 8, 0.05, false, false, List.of("all-linear"), List.of()));
      List<String> two = List.of("v_proj", "down_proj");
      save(model, "few", new LoraSpec(2, 4, 0, true, false, two, List.of()));
      save(model, "lengths", new LoraSpec(3, 3, 0, false, true, List.of("q_proj"), List.of()));
    }
  }

  private void save(Pretrained model, String name, LoraSpec spec) {
    try (Adapter adapter = Adapter.fresh(model, spec, name.length());
        Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      RandomState.seed(name.hashCode());
      adapter
          .parameters()
          .forEach(
              (part, weight) -> {
                if (part.endsWith("lora_B")) {
                  long[] sizes = weight.shape().sizes();
                  weight.copyInPlace(Tensors.normal(sizes).mul(0.3));
                }
              });
      adapter.save(folder.resolve(name));
    }
  }

  private static List<long[]> prompts() {
    Random random = new Random(3);
    List<long[]> all = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      all.add(random.longs(1 + random.nextInt(200), 0, 300).toArray());
    }
    return all;
  }

  private static Order order(int i, List<long[]> prompts, List<@Nullable Changes> adapters) {
    Sampling told = Sampling.greedy(4 + i).change().alternatives(2).build();
    return Order.of(prompts.get(i), told).with(adapters.get(i % adapters.size()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"float32", "half", "int8"})
  void mixedTextsAreTheSameAsAlone(String kind) throws Exception {
    DType dtype = kind.equals("half") ? DType.BFLOAT16 : DType.FLOAT32;
    List<long[]> prompts = prompts();
    try (Pretrained model = Pretrained.open(folder.resolve("saved"), dtype)) {
      CausalModel causal = (CausalModel) model.architecture();
      List<Adapter> opened = new ArrayList<>();
      List<@Nullable Changes> adapters = new ArrayList<>();
      for (String name : NAMES) {
        Adapter adapter = Adapter.open(folder.resolve(name), model);
        opened.add(adapter);
        adapters.add(adapter.apart(causal.stack()));
      }
      adapters.add(null);
      if (kind.equals("int8")) {
        causal.narrow(NarrowWeight.Kind.INT8);
      }
      List<List<Choice>> alone = new ArrayList<>();
      LanguageEngine.Options single = new LanguageEngine.Options(1, 16_000, 64, 64, false, 0);
      try (LanguageEngine engine = LanguageEngine.start("one", causal, dtype, single)) {
        for (int i = 0; i < prompts.size(); i++) {
          Heard heard = new Heard(1);
          engine.submit(order(i, prompts, adapters), heard);
          alone.add(heard.choices(0));
        }
        // The same prompt with each adapter: other answers.
        List<List<Choice>> same = new ArrayList<>();
        for (Changes adapter : adapters) {
          Heard heard = new Heard(1);
          engine.submit(Order.of(prompts.getFirst(), Sampling.greedy(8)).with(adapter), heard);
          same.add(heard.choices(0));
        }
        assertThat(same).doesNotHaveDuplicates();
      }
      LanguageEngine.Options many = new LanguageEngine.Options(32, 16_000, 128, 64, true, 8);
      try (LanguageEngine engine = LanguageEngine.start("many", causal, dtype, many)) {
        for (int round = 0; round < 2; round++) { // the second time from the prefix cache
          List<Heard> all = new ArrayList<>();
          for (int i = 0; i < prompts.size(); i++) {
            Heard heard = new Heard(1);
            engine.submit(order(i, prompts, adapters), heard);
            all.add(heard);
          }
          assertThat(all.stream().map(heard -> heard.choices(0)).toList()).isEqualTo(alone);
        }
        assertThat(engine.state().sharedTokens()).isPositive();
      }
      opened.forEach(Adapter::close);
    }
  }

  @Test
  void tokensAreThoseOfTheOfflineGenerator() throws Exception {
    List<long[]> prompts = prompts();
    try (Pretrained model = Pretrained.open(folder.resolve("saved"));
        Pretrained other = Pretrained.open(folder.resolve("saved"))) {
      CausalModel causal = (CausalModel) model.architecture();
      Generator generator = new Generator((CausalModel) other.architecture());
      LanguageEngine.Options options = LanguageEngine.Options.usual(16_000);
      for (String name : NAMES) {
        try (Adapter served = Adapter.open(folder.resolve(name), model);
            Adapter offline = Adapter.open(folder.resolve(name), other)) {
          Changes changes = served.apart(causal.stack());
          try (LanguageEngine engine =
              LanguageEngine.start("test", causal, DType.FLOAT32, options)) {
            for (long[] prompt : prompts.subList(0, 4)) {
              Heard heard = new Heard(1);
              engine.submit(Order.of(prompt, Sampling.greedy(16)).with(changes), heard);
              assertThat(heard.ids(0))
                  .as(name)
                  .isEqualTo(generator.generate(prompt, Sampling.greedy(16)).ids());
            }
          }
        }
      }
    }
  }

  @Test
  void refusesWholeWeights() throws Exception {
    try (Pretrained model = Pretrained.open(folder.resolve("saved"))) {
      CausalModel causal = (CausalModel) model.architecture();
      LoraSpec whole =
          new LoraSpec(2, 4, 0, false, false, List.of("q_proj"), List.of("embed_tokens"));
      try (Adapter adapter = Adapter.fresh(model, whole, 1)) {
        assertThatThrownBy(() -> adapter.apart(causal.stack())).hasMessageContaining("Merge it");
      }
    }
  }
}

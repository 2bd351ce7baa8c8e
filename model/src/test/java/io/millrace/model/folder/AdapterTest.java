package io.millrace.model.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ground.json.Json;
import io.millrace.model.ModelException;
import io.millrace.model.architecture.Inputs;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** Adapters: PEFT's here, ours in PEFT, and what does not belong together. */
class AdapterTest {
  private static final double CLOSE = 1e-4;

  @TempDir Path home;

  private static Tensor logits(Pretrained model, Tensor ids) {
    return Objects.requireNonNull(model.forward(Inputs.ids(ids)).get("logits"));
  }

  private static Tensor ids() {
    return Tensors.of(new long[] {5, 9, 20, 31, 7, 64, 12, 25}, 1, 8);
  }

  private static double apart(Tensor one, Tensor other) {
    return FixturesTest.distance(one, other, null);
  }

  @Test
  void equalPeftBothWays() throws Exception {
    String python = System.getenv("MILLRACE_TEST_PYTHON");
    assumeTrue(python != null, "needs MILLRACE_TEST_PYTHON: a Python with peft");
    Path made = home.resolve("made");
    run(Objects.requireNonNull(python), "make", made.toString());
    Path saved = home.resolve("saved");
    List<Path> cases;
    try (Stream<Path> folders = Files.list(made)) {
      cases = folders.sorted().toList();
    }
    assertThat(cases).hasSizeGreaterThan(9);
    for (Path folder : cases) {
      try (Pretrained model = Pretrained.open(folder.resolve("base"));
          Scope scope = Scope.open();
          SafetensorsFile expected = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
        Tensor ids = expected.tensor("input_ids");
        Tensor wanted = expected.tensor("logits");
        Tensor before = logits(model, ids);
        try (Adapter adapter = Adapter.open(folder.resolve("adapter"), model)) {
          String name = folder.getFileName().toString();
          assertThat(apart(logits(model, ids), wanted)).as(name).isLessThan(CLOSE);
          adapter.merge();
          assertThat(apart(logits(model, ids), wanted)).as(name + " merged").isLessThan(CLOSE);
          adapter.unmerge();
          assertThat(apart(logits(model, ids), wanted)).as(name + " back").isLessThan(CLOSE);
          adapter.save(saved.resolve(name));
        }
        assertThat(apart(logits(model, ids), before)).as("closed").isLessThan(1e-5);
      }
    }
    run(python, "check", made.toString(), saved.toString());
  }

  private static void run(String python, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(python));
    command.add(
        Path.of(System.getProperty("basedir", "."), "src/test/python/adapters.py").toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(printed).isZero();
  }

  @Test
  void freshOnesChangeNothingAndComeBackFromDisk() {
    try (Pretrained model = Pretrained.open(FixturesTest.folder("gpt2"), DType.FLOAT32);
        Scope scope = Scope.open()) {
      Tensor before = logits(model, ids());
      LoraSpec spec = new LoraSpec(4, 8, 0, false, true, List.of("all-linear"), List.of());
      Path folder = home.resolve("adapter");
      try (Adapter adapter = Adapter.fresh(model, spec, 1)) {
        assertThat(apart(logits(model, ids()), before)).isLessThan(1e-5);
        try (Mode mode = Mode.noGradient()) {
          adapter.parameters().forEach((name, weight) -> weight.mulInPlace(1.5));
          adapter
              .parameters()
              .forEach(
                  (name, weight) -> {
                    if (name.endsWith("lora_B")) {
                      weight.copyInPlace(Tensors.full(0.1, DType.FLOAT32, weight.shape().sizes()));
                    }
                  });
        }
        adapter.save(folder);
        Tensor changed = logits(model, ids());
        assertThat(apart(changed, before)).isGreaterThan(0.01);
        adapter.close();
        try (Adapter again = Adapter.open(folder, model)) {
          assertThat(apart(logits(model, ids()), changed)).isLessThan(1e-5);
          assertThat(again.modules()).hasSize(adapter.modules().size());
        }
      }
      assertThat(apart(logits(model, ids()), before)).isZero();
    }
  }

  @Test
  void refusesWhatDoesNotFit() throws IOException {
    try (Pretrained gpt = Pretrained.open(FixturesTest.folder("gpt2"), DType.FLOAT32);
        Pretrained bert = Pretrained.open(FixturesTest.folder("bert-mlm"), DType.FLOAT32)) {
      LoraSpec nothing = new LoraSpec(4, 8, 0, false, false, List.of("q_prj"), List.of());
      assertThatThrownBy(() -> Adapter.fresh(gpt, nothing, 1))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("q_prj")
          .hasMessageContaining("c_attn");
      Path folder = home.resolve("adapter");
      try (Adapter adapter = Adapter.fresh(gpt, LoraSpec.usual(), 1)) {
        adapter.save(folder);
      }
      assertThatThrownBy(() -> Adapter.open(folder, bert))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("another model");
      assertThatThrownBy(() -> Adapter.open(home.resolve("none"), gpt))
          .hasMessageContaining("adapter_config");
      assertThatThrownBy(() -> new LoraSpec(0, 8, 0, false, false, List.of("x"), List.of()))
          .hasMessageContaining("rank");
      ObjectNode config = (ObjectNode) Json.read(folder.resolve("adapter_config.json"));
      config.put("use_qalora", true);
      Json.write(folder.resolve("adapter_config.json"), config);
      assertThatThrownBy(() -> Adapter.open(folder, gpt)).hasMessageContaining("use_qalora");
      config.put("use_qalora", false).put("peft_type", "IA3");
      Json.write(folder.resolve("adapter_config.json"), config);
      assertThatThrownBy(() -> Adapter.open(folder, gpt)).hasMessageContaining("IA3");
      Files.writeString(folder.resolve("adapter_model.safetensors"), "broken");
      config.put("peft_type", "LORA");
      Json.write(folder.resolve("adapter_config.json"), config);
      assertThatThrownBy(() -> Adapter.open(folder, gpt)).hasMessageContaining("safetensors");
    }
  }
}

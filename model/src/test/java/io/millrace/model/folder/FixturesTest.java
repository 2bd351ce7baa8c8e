package io.millrace.model.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.model.architecture.Inputs;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.safetensors.SafetensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tiny checkpoints with what transformers computes for them. */
class FixturesTest {
  private static final double TOLERANCE = 1e-4;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bert-classifier",
        "bert-mlm",
        "distilbert-qa",
        "roberta-token",
        "gpt2",
        "llama3",
        "mistral",
        "qwen2",
        "qwen3",
        "gemma3",
        "t5",
        "marian",
        "vit",
        "resnet"
      })
  void equalsTransformers(String name) {
    Path folder = folder(name);
    try (Pretrained model = Pretrained.open(folder);
        Scope scope = Scope.open();
        SafetensorsFile given = SafetensorsFile.open(folder.resolve("inputs.safetensors"));
        SafetensorsFile expected = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
      Map<String, Tensor> inputs = new HashMap<>();
      given.names().forEach(one -> inputs.put(one, given.tensor(one)));
      boolean causal = expected.names().contains("logits_left_padded");
      if (causal) {
        Tensor mask = inputs.remove("attention_mask");
        Tensor logits = model.forward(new Inputs(inputs)).get("logits");
        assertThat(distance(logits, expected.tensor("logits"), null)).isLessThan(TOLERANCE);
        inputs.put("attention_mask", mask);
        Tensor padded = model.forward(new Inputs(inputs)).get("logits");
        assertThat(distance(padded, expected.tensor("logits_left_padded"), mask))
            .isLessThan(TOLERANCE);
      } else {
        Map<String, Tensor> outputs = model.forward(new Inputs(inputs));
        for (String output : expected.names()) {
          if (!output.equals("greedy")) {
            assertThat(distance(outputs.get(output), expected.tensor(output), null))
                .as(output)
                .isLessThan(TOLERANCE);
          }
        }
      }
    }
  }

  /** The largest difference where the mask is 1. */
  static double distance(Tensor one, Tensor other, Tensor mask) {
    assertThat(one.shape()).isEqualTo(other.shape());
    Tensor apart = one.to(DType.FLOAT32).sub(other).abs();
    if (mask != null) {
      Tensor real = mask.eq(1).to(DType.FLOAT32);
      apart = apart.mul(apart.rank() == 3 ? real.unsqueeze(2) : real);
    }
    return apart.flatten(0, -1).amax(0).item();
  }

  /** Three of them lie among the tests' resources; the others need ../shared. */
  static Path folder(String name) {
    java.net.URL own = FixturesTest.class.getResource(name + "/config.json");
    if (own != null) {
      return Path.of(own.getPath()).getParent();
    }
    Path shared = Path.of(System.getProperty("basedir", "."), "../../shared/parity/models", name);
    assumeTrue(Files.exists(shared), "needs ../shared/parity");
    return shared;
  }
}

package io.millrace.model;

import static io.millrace.model.layer.Layers.activation;
import static io.millrace.model.layer.Layers.dense;
import static io.millrace.model.layer.Layers.dropout;
import static io.millrace.model.layer.Layers.flatten;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ground.file.FileException;
import io.millrace.ground.message.Problem;
import io.millrace.model.layer.Activation;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NetworkTest {
  private static final Sequential MODEL =
      Sequential.of(flatten(), dense(4).tanh(), dropout(0.5), dense(2).softmax());

  @TempDir private Path folder;

  @Test
  void computesWhatItsWeightsSay() {
    try (Network network = Sequential.of(dense(2).relu()).build(Shape.of(2), 1);
        Scope scope = Scope.open()) {
      network.load(
          Map.of(
              "0.weight", Tensors.of(new float[] {1, 2, -1, -1}, 2, 2),
              "0.bias", Tensors.of(new float[] {0.5f, 0}, 2)));
      Tensor x = Tensors.of(new float[] {1, 1}, 1, 2);
      assertThat(network.forward(x, Layer.Pass.INFERENCE).toFloats()).containsExactly(3.5f, 0);
      assertThat(network.scores(x, Layer.Pass.INFERENCE).toFloats()).containsExactly(3.5f, -2);
    }
  }

  @Test
  void equalSeedsGiveEqualWeightsWithinGlorotsBound() {
    try (Network a = MODEL.build(Shape.of(3, 3), 5);
        Network b = MODEL.build(Shape.of(3, 3), 5);
        Network c = MODEL.build(Shape.of(3, 3), 6);
        Scope scope = Scope.open()) {
      float[] weights = a.parameters().get("1.weight").toFloats();
      assertThat(b.parameters().get("1.weight").toFloats()).containsExactly(weights);
      assertThat(c.parameters().get("1.weight").toFloats()).isNotEqualTo(weights);
      double bound = Math.sqrt(6.0 / (9 + 4));
      for (float weight : weights) {
        assertThat(Math.abs(weight)).isLessThanOrEqualTo((float) bound);
      }
      assertThat(a.parameters().get("1.bias").toFloats()).containsOnly(0);
      assertThat(a.parameterCount()).isEqualTo(9 * 4 + 4 + 4 * 2 + 2);
    }
  }

  @Test
  void dropoutDropsOnlyInTraining() {
    try (Network network = Sequential.of(dropout(0.5)).build(Shape.of(1000), 1);
        Scope scope = Scope.open()) {
      Tensor x = Tensors.ones(DType.FLOAT32, 1, 1000);
      assertThat(network.forward(x, Layer.Pass.INFERENCE).sum().item()).isEqualTo(1000);
      Tensor dropped = network.forward(x, Layer.Pass.TRAINING);
      assertThat(dropped.eq(0).sum().item()).isBetween(400.0, 600.0);
      assertThat(dropped.amax(0, 1).item()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void everyActivationHasAGradient(Activation activation) {
    try (Network network = Sequential.of(activation(activation)).build(Shape.of(3), 1);
        Scope scope = Scope.open()) {
      Tensor x = Tensors.of(new float[] {-1, 0.5f, 2}, 1, 3).trackGradient();
      Tensor y = network.forward(x, Layer.Pass.INFERENCE);
      float[] gradient = y.square().sum().gradientFor(x).toFloats();
      // Against the difference quotient.
      float h = 1e-2f;
      Tensor up =
          network.forward(Tensors.of(new float[] {-1, 0.5f + h, 2}, 1, 3), Layer.Pass.INFERENCE);
      Tensor down =
          network.forward(Tensors.of(new float[] {-1, 0.5f - h, 2}, 1, 3), Layer.Pass.INFERENCE);
      double expected = (up.square().sum().item() - down.square().sum().item()) / (2 * h);
      assertThat((double) gradient[1])
          .isCloseTo(expected, org.assertj.core.api.Assertions.within(2e-3));
    }
  }

  @Test
  void misfitsNameBothLayersBeforeAnythingIsBuilt() {
    assertThatThrownBy(() -> Sequential.of(dense(0))).hasMessageContaining("at least 1 unit");
    assertThatThrownBy(() -> dropout(1)).hasMessageContaining("1.0");
    assertThatThrownBy(() -> Sequential.of()).isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> Sequential.of(dense(3)).build(Shape.of(), 1))
        .hasMessageContaining("layer 0: Dense does not fit behind input");
    try (Network network = MODEL.build(Shape.of(3, 3), 1);
        Scope scope = Scope.open()) {
      assertThatThrownBy(
              () -> network.forward(Tensors.zeros(DType.FLOAT32, 1, 4), Layer.Pass.INFERENCE))
          .hasMessageContaining("[1, 4]")
          .hasMessageContaining("[3, 3]");
      assertThatThrownBy(() -> network.load(Map.of()))
          .hasMessageContaining("\"1.weight\" is missing");
    }
  }

  @Test
  void aPackageReadsBackEqualAndABrokenOneSaysWhatIsBroken() throws Exception {
    Path target = folder.resolve("model");
    ModelPackage written =
        new ModelPackage(
            new Manifest("m", Manifest.Task.CLASSIFICATION, new long[] {3, 3}, MODEL),
            new Signature(
                List.of(new Signature.Port("x", "FP32", new long[] {-1, 3, 3}, "grey", null)),
                List.of(
                    new Signature.Port("p", "FP32", new long[] {-1, 2}, null, List.of("a", "b")))),
            new Provenance(
                "2026-01-01T00:00:00Z", Map.of(), Map.of(), Map.of(), Map.of(), Map.of()),
            "{}",
            "# card");
    try (Network network = MODEL.build(Shape.of(3, 3), 9);
        Scope scope = Scope.open()) {
      written.write(target, network);
      ModelPackage read = ModelPackage.read(target);
      assertThat(read.manifest().model().model()).isEqualTo(MODEL);
      assertThat(read.signature().outputs().getFirst().classes()).containsExactly("a", "b");
      try (Network again = read.network(target)) {
        Tensor x = Tensors.normal(2, 3, 3);
        assertThat(again.forward(x, Layer.Pass.INFERENCE).toFloats())
            .containsExactly(network.forward(x, Layer.Pass.INFERENCE).toFloats());
      }
      byte[] weights = Files.readAllBytes(target.resolve("model.safetensors"));
      Files.write(target.resolve("model.safetensors"), java.util.Arrays.copyOf(weights, 40));
      assertThatThrownBy(() -> read.network(target).close())
          .isInstanceOf(Problem.class)
          .hasMessageContaining("model.safetensors");
      Files.delete(target.resolve("signature.json"));
      assertThatThrownBy(() -> ModelPackage.read(target)).hasMessageContaining("signature.json");
      Files.delete(target.resolve("millrace.yaml"));
      assertThatThrownBy(() -> ModelPackage.read(target)).hasMessageContaining("no model package");
      assertThatThrownBy(() -> ModelPackage.read(folder.resolve("none")))
          .isInstanceOf(FileException.class);
    }
  }

  @Test
  void thePackagesOfTheFirstMillraceAreStillRead() {
    Manifest old =
        io.millrace.ground.spec.SpecReader.read(
            "{ name: m, task: regression, input: [3], layers: [ { dense: 2 } ] }",
            "millrace.yaml",
            Manifest.class,
            java.util.List.of());
    assertThat(old.model().model()).isEqualTo(Sequential.of(dense(2)));
  }
}

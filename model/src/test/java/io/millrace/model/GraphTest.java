package io.millrace.model;

import static io.millrace.model.layer.Layers.add;
import static io.millrace.model.layer.Layers.bidirectional;
import static io.millrace.model.layer.Layers.concatenate;
import static io.millrace.model.layer.Layers.conv2d;
import static io.millrace.model.layer.Layers.dense;
import static io.millrace.model.layer.Layers.flatten;
import static io.millrace.model.layer.Layers.lstm;
import static io.millrace.model.layer.Layers.reshape;
import static io.millrace.model.layer.Layers.residual;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ground.spec.SpecReader;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.model.layer.Activation;
import io.millrace.model.layer.Initializer;
import io.millrace.model.layer.Layer;
import io.millrace.model.layer.LayerSpec;
import io.millrace.model.layer.Padding;
import io.millrace.model.layer.Recurring;
import io.millrace.model.layer.Weights;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GraphTest {
  private static final String YAML =
      """
      model:
        inputs: [image]
        nodes:
          - { name: stem, from: image, layer: { conv2d: 4, kernel: 3, padding: same, activation: relu } }
          - { name: deep, from: stem, layer: { conv2d: 4, kernel: 3, padding: same } }
          - { name: both, from: [stem, deep], layer: add }
          - { name: again, from: both, shares: deep }
          - { name: flat, from: again, layer: flatten }
          - { name: out, from: flat, layer: { dense: 2, activation: softmax } }
        outputs: [out]
      """;

  record Holder(ModelSpec model) {}

  @Test
  void theSameGraphFromYamlAndJava() {
    Holder read = SpecReader.read(YAML, "graph", Holder.class, List.of());
    var graph = Graph.builder();
    String image = graph.input("image");
    String stem = graph.add("stem", conv2d(4, 3).padding(Padding.SAME).relu(), image);
    String deep = graph.add("deep", conv2d(4, 3).padding(Padding.SAME), stem);
    String both = graph.add("both", add(), stem, deep);
    String again = graph.again("again", deep, both);
    String out = graph.add("out", dense(2).softmax(), graph.add("flat", flatten(), again));
    Graph built = graph.output(out).build();
    assertThat(read.model().model()).isEqualTo(built);
    assertThat(SpecReader.read(SpecWriter.yaml(read), "again", Holder.class, List.of()))
        .isEqualTo(read);
    try (Network network = built.build(Shape.of(5, 5, 3), 1);
        Scope scope = Scope.open()) {
      // conv 3·3·3·4+4, conv 3·3·4·4+4 once, dense 100·2+2
      assertThat(network.parameterCount()).isEqualTo(112 + 148 + 202);
      Tensor y = network.forward(Tensors.normal(7, 5, 5, 3), Layer.Pass.INFERENCE);
      assertThat(y.shape()).isEqualTo(Shape.of(7, 2));
      assertThat(network.summary()).contains("stem, deep", "462");
      assertThat(network.picture()).startsWith("<svg").contains(">both  Add<");
    }
  }

  @Test
  void misfitsNameBothLayersBeforeAnyDataIsRead() {
    assertThatThrownBy(() -> Sequential.of(dense(4), conv2d(3, 3)).plan(Shape.of(28, 28)))
        .hasMessageContaining("1: Conv2D")
        .hasMessageContaining("0: Dense")
        .hasMessageContaining("reshape [28, 4, 1]");
    assertThatThrownBy(() -> Sequential.of(reshape(5, -1)).plan(Shape.of(4, 4)))
        .hasMessageContaining("do not fit into [5, -1]");
    assertThatThrownBy(() -> Sequential.of(conv2d(3, 9)).plan(Shape.of(5, 5, 1)))
        .hasMessageContaining("window");
    assertThatThrownBy(() -> conv2d(3, 3).padding(Padding.CAUSAL)).hasMessageContaining("causal");
    assertThatThrownBy(() -> Sequential.of(residual(dense(4))).plan(Shape.of(3)))
        .hasMessageContaining("one shape");
    assertThatThrownBy(
            () ->
                new Graph(
                    List.of("a"),
                    List.of(new Graph.Node("x", List.of("b"), dense(1), null)),
                    List.of("x")))
        .hasMessageContaining("x reads \"b\"");
    assertThatThrownBy(
            () ->
                new Graph(
                        List.of("a"),
                        List.of(new Graph.Node("x", List.of("a", "a"), dense(1), null)),
                        List.of("x"))
                    .plan(Shape.of(2)))
        .hasMessageContaining("reads one input, not 2");
    assertThatThrownBy(
            () ->
                new Graph(
                        List.of("a", "b"),
                        List.of(new Graph.Node("x", List.of("a", "b"), concatenate(), null)),
                        List.of("x"))
                    .plan(Map.of("a", Shape.of(2), "b", Shape.of(2, 2))))
        .hasMessageContaining("do not fit together");
    assertThatThrownBy(() -> SpecReader.read("model: {}", "m", Holder.class, List.of()))
        .hasMessageContaining("layers");
    assertThatThrownBy(() -> bidirectional(null)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void embeddingsRefuseIdsThatAreNotThere() {
    try (Network network =
            Sequential.of(io.millrace.model.layer.Layers.embedding(5, 2)).build(Shape.of(3), 1);
        Scope scope = Scope.open()) {
      assertThatThrownBy(
              () -> network.forward(Tensors.of(new float[] {0, 5, 1}, 1, 3), Layer.Pass.INFERENCE))
          .hasMessageContaining("the id 5");
    }
  }

  /** A layer of one's own: one trained factor for each number. */
  public record Gain(double start) implements LayerSpec {
    @Override
    public Shape output(Shape input) {
      return input;
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      Tensor gain = weights.constant("gain", start, input.size(-1));
      return (x, pass) -> x.mul(gain);
    }
  }

  @Test
  void aLayerOfOnesOwnIsKnownToSpecs() {
    LayerSpec.register(Gain.class);
    Holder read =
        SpecReader.read(
            "model: { layers: [ { gain: 3 }, { dense: 1 } ] }", "m", Holder.class, List.of());
    assertThat(((Sequential) read.model().model()).layers().getFirst()).isEqualTo(new Gain(3));
    try (Network network = read.model().model().build(Shape.of(2), 1);
        Scope scope = Scope.open()) {
      assertThat(network.parameters()).containsKey("0.gain");
    }
  }

  @Test
  void statefulLayersRememberUntilReset() {
    Sequential model = Sequential.of(new Recurring.Lstm(4, false, true, 0, false));
    try (Network whole = Sequential.of(lstm(4)).build(Shape.of(6, 2), 1);
        Network halves = model.build(Shape.of(3, 2), 1);
        Scope scope = Scope.open()) {
      halves.load(whole.state());
      Tensor x = Tensors.normal(5, 6, 2);
      float[] straight = whole.forward(x, Layer.Pass.INFERENCE).toFloats();
      halves.forward(x.narrow(1, 0, 3).contiguous(), Layer.Pass.INFERENCE);
      float[] second =
          halves.forward(x.narrow(1, 3, 3).contiguous(), Layer.Pass.INFERENCE).toFloats();
      assertThat(second).containsExactly(straight, org.assertj.core.data.Offset.offset(1e-6f));
      halves.resetStates();
      float[] alone =
          halves.forward(x.narrow(1, 3, 3).contiguous(), Layer.Pass.INFERENCE).toFloats();
      assertThat(alone[0]).isNotEqualTo(second[0]);
      assertThatThrownBy(() -> halves.forward(Tensors.normal(2, 3, 2), Layer.Pass.INFERENCE))
          .hasMessageContaining("remembers 5 rows");
    }
  }

  @Test
  void initializersHaveKerasSpread() {
    try (Scope scope = Scope.open()) {
      // sqrt(6 / 300), sqrt(2 / 100), sqrt(1 / 100): bounds and deviations by formula
      assertSpread(Initializer.GLOROT_UNIFORM.draw(100, 200, 200, 100), Math.sqrt(2.0 / 300));
      assertSpread(Initializer.HE_NORMAL.draw(100, 200, 200, 100), Math.sqrt(2.0 / 100));
      assertSpread(Initializer.LECUN_UNIFORM.draw(100, 200, 200, 100), Math.sqrt(1.0 / 100));
      Tensor q = Initializer.ORTHOGONAL.draw(20, 60, 60, 20);
      Tensor product = q.transpose(0, 1).matmul(q);
      assertThat(product.select(0, 3).select(0, 3).item())
          .isCloseTo(1, org.assertj.core.data.Offset.offset(1e-4));
      assertThat(product.select(0, 3).select(0, 4).item())
          .isCloseTo(0, org.assertj.core.data.Offset.offset(1e-4));
    }
  }

  private static void assertSpread(Tensor draws, double deviation) {
    assertThat(Math.sqrt(draws.square().mean().item()))
        .isCloseTo(deviation, org.assertj.core.data.Offset.offset(deviation * 0.03));
  }

  @Test
  void everyActivationHasAName() {
    for (Activation activation : Activation.values()) {
      String key = activation.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
      Holder read =
          SpecReader.read(
              "model: { layers: [ { activation: " + key + " } ] }", "m", Holder.class, List.of());
      assertThat(read.model().layers().getFirst().activation()).isEqualTo(activation);
    }
  }
}

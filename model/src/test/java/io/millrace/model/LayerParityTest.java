package io.millrace.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ground.json.Json;
import io.millrace.ground.spec.SpecReader;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.model.layer.Layer;
import io.millrace.model.layer.LayerSpec;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Every layer against Keras 3 or PyTorch: outputs within 1e-5 of the largest, gradients within
 * 1e-4, parameter counts equal. The fixtures and how they were made: layers/make.py.
 */
class LayerParityTest {
  @TempDir static Path folder;
  private static SafetensorsFile file;

  record Holder(LayerSpec layer) {}

  record Layers(List<LayerSpec> layers) {}

  record Case(String name, String layer, int inputs, boolean training, long parameters) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void open() throws IOException {
    try (InputStream in = resource("layers.safetensors")) {
      Path copy = folder.resolve("layers.safetensors");
      Files.write(copy, in.readAllBytes());
      file = SafetensorsFile.open(copy);
    }
  }

  @AfterAll
  static void close() {
    file.close();
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(LayerParityTest.class.getResourceAsStream("layers/" + name));
  }

  static Stream<Case> cases() throws IOException {
    try (InputStream in = resource("layers.json")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      List<Case> cases = new ArrayList<>();
      for (JsonNode one : Json.read(text, "layers.json")) {
        cases.add(
            new Case(
                one.path("name").asString(),
                one.path("layer").asString(),
                one.path("inputs").intValue(),
                one.path("training").booleanValue(),
                one.path("parameters").longValue()));
      }
      assertThat(cases).hasSizeGreaterThan(60);
      return cases.stream();
    }
  }

  private static LayerSpec read(String yaml, String place) {
    return SpecReader.read(yaml, place, Holder.class, List.of()).layer();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void equalsTheReference(Case one) {
    LayerSpec layer = read("layer: " + one.layer(), one.name());
    assertThat(read(SpecWriter.yaml(new Holder(layer)), "written and read again")).isEqualTo(layer);
    Layers list = new Layers(List.of(layer, layer));
    assertThat(SpecReader.read(SpecWriter.yaml(list), "list", Layers.class, List.of()))
        .isEqualTo(list);
    try (Scope scope = Scope.open()) {
      List<Tensor> inputs = new ArrayList<>();
      Map<String, Shape> shapes = new LinkedHashMap<>();
      for (int i = 0; i < one.inputs(); i++) {
        Tensor x = tensor(one, "x" + i);
        inputs.add(one.name().startsWith("embedding") ? x : x.trackGradient());
        shapes.put("in" + i, x.shape().row());
      }
      List<String> names = List.copyOf(shapes.keySet());
      Graph graph =
          new Graph(names, List.of(new Graph.Node("a", names, layer, null)), List.of("a"));
      try (Network network = graph.build(shapes, 1)) {
        load(network, one);
        check(network, inputs, one);
      }
    }
  }

  private static void load(Network network, Case one) {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    for (String name : network.state().keySet()) {
      weights.put(name, tensor(one, "w/" + name.substring(2)));
    }
    network.load(weights);
    assertThat(weights.values().stream().mapToLong(Tensor::elements).sum())
        .as("parameters")
        .isEqualTo(one.parameters());
  }

  private static void check(Network network, List<Tensor> inputs, Case one) {
    Layer.Pass pass = one.training() ? Layer.Pass.TRAINING : Layer.Pass.INFERENCE;
    Tensor scores = network.scores(inputs, pass).getFirst();
    Tensor y = network.lastActivation().apply(scores);
    close("output", y, tensor(one, "y"), 1e-5);
    y.mul(tensor(one, "r")).sum().backward();
    for (int i = 0; i < inputs.size(); i++) {
      if (file.names().contains(one.name() + "/gx" + i)) {
        close("input " + i, inputs.get(i).gradient().orElseThrow(), tensor(one, "gx" + i), 1e-4);
      }
    }
    network
        .parameters()
        .forEach(
            (name, weight) ->
                close(
                    name,
                    weight.gradient().orElseThrow(),
                    tensor(one, "gw/" + name.substring(2)),
                    1e-4));
    if (one.training()) {
      try (Mode mode = Mode.noGradient()) {
        network
            .state()
            .forEach(
                (name, value) -> {
                  if (name.contains("moving")) {
                    close(name, value, tensor(one, "after/" + name.substring(2)), 1e-5);
                  }
                });
      }
    }
  }

  private static Tensor tensor(Case one, String name) {
    return file.tensor(one.name() + "/" + name);
  }

  private static void close(String what, Tensor actual, Tensor expected, double tolerance) {
    assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
    float[] got = actual.detach().toFloats();
    float[] wanted = expected.toFloats();
    double scale = 1;
    double worst = 0;
    for (int i = 0; i < got.length; i++) {
      scale = Math.max(scale, Math.abs(wanted[i]));
      assertThat(got[i]).as(what).isNotNaN();
      worst = Math.max(worst, Math.abs((double) got[i] - wanted[i]));
    }
    assertThat(worst / scale).as(what).isLessThan(tolerance);
  }
}

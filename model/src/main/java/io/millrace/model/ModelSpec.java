package io.millrace.model;

import io.millrace.ground.spec.Default;
import io.millrace.model.layer.LayerSpec;
import java.util.List;

/**
 * A model as a spec writes it: {@code layers} for a {@link Sequential}, or {@code inputs}, {@code
 * nodes} and {@code outputs} for a {@link Graph}.
 */
public record ModelSpec(
    @Default("[]") List<LayerSpec> layers,
    @Default("[]") List<String> inputs,
    @Default("[]") List<Graph.Node> nodes,
    @Default("[]") List<String> outputs) {
  /** Checks that it is one of the two. */
  public ModelSpec {
    layers = List.copyOf(layers);
    inputs = List.copyOf(inputs);
    nodes = List.copyOf(nodes);
    outputs = List.copyOf(outputs);
    if (layers.isEmpty() == nodes.isEmpty()) {
      throw new ModelException("model.kind");
    }
    if (layers.isEmpty()) {
      new Graph(inputs, nodes, outputs);
    }
  }

  /** The model. */
  public Model model() {
    return layers.isEmpty() ? new Graph(inputs, nodes, outputs) : new Sequential(layers);
  }

  /** The spec of a model. */
  public static ModelSpec of(Model model) {
    return switch (model) {
      case Sequential(var layers) -> new ModelSpec(layers, List.of(), List.of(), List.of());
      case Graph(var inputs, var nodes, var outputs) ->
          new ModelSpec(List.of(), inputs, nodes, outputs);
    };
  }
}

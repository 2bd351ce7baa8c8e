package io.millrace.model;

import io.millrace.model.layer.LayerSpec;
import io.millrace.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A description of layers one after another.
 *
 * <pre>{@code
 * var model = Sequential.of(flatten(), dense(128).relu(), dropout(0.1), dense(10).softmax());
 * try (Network network = model.build(Shape.of(28, 28), 7)) {
 *   System.out.println(network.summary());
 * }
 * }</pre>
 *
 * @param layers at least one
 */
public record Sequential(List<LayerSpec> layers) implements Model {
  private static final String INPUT = "input";
  private static final String OUTPUT = "output";

  /** Copies the layers. */
  public Sequential {
    layers = List.copyOf(layers);
    if (layers.isEmpty()) {
      throw new ModelException("layers.none");
    }
  }

  /** Layers one after another. */
  public static Sequential of(LayerSpec... layers) {
    return new Sequential(List.of(layers));
  }

  @Override
  public List<String> inputs() {
    return List.of(INPUT);
  }

  @Override
  public List<String> outputs() {
    return List.of(OUTPUT);
  }

  @Override
  public Sequential then(LayerSpec layer) {
    List<LayerSpec> all = new ArrayList<>(layers);
    all.add(layer);
    return new Sequential(all);
  }

  @Override
  public Plan plan(Map<String, Shape> inputs) {
    Plan.Builder plan = new Plan.Builder(inputs(), inputs);
    int before = -1;
    for (int i = 0; i < layers.size(); i++) {
      before = plan.add(String.valueOf(i), layers.get(i), -1, List.of(before));
    }
    return plan.build(Map.of(OUTPUT, before));
  }
}

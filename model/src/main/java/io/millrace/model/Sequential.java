package io.millrace.model;

import io.millrace.model.layer.LayerSpec;
import io.millrace.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

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
public record Sequential(List<LayerSpec> layers) {
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

  /**
   * The shapes of one row: first the input, then each layer's output.
   *
   * @throws ModelException if a layer does not fit the one before; both are named
   */
  public List<Shape> shapes(Shape input) {
    List<Shape> shapes = new ArrayList<>(List.of(input));
    for (int i = 0; i < layers.size(); i++) {
      try {
        shapes.add(layers.get(i).output(shapes.getLast()));
      } catch (ModelException e) {
        String before = i == 0 ? "input" : i - 1 + ": " + layers.get(i - 1).kind();
        throw new ModelException(
            "layer.fit", i + ": " + layers.get(i).kind(), before, shapes.getLast(), e.getMessage());
      }
    }
    return shapes;
  }

  /** Multiplications for one row, forward. */
  public double operations(Shape input) {
    List<Shape> shapes = shapes(input);
    double sum = 0;
    for (int i = 0; i < layers.size(); i++) {
      sum += layers.get(i).operations(shapes.get(i));
    }
    return sum;
  }

  /**
   * Makes the network with fresh weights, a function of the seed.
   *
   * @param input the shape of one row
   */
  public Network build(Shape input, long seed) {
    return new Network(this, input, seed);
  }
}

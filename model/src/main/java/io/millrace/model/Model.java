package io.millrace.model;

import io.millrace.model.layer.LayerSpec;
import io.millrace.tensor.Shape;
import java.util.List;
import java.util.Map;

/** The description of a network: layers one after another, or a graph of them. */
public sealed interface Model permits Sequential, Graph {
  /** The names of the inputs, in order. */
  List<String> inputs();

  /** The names of the outputs, in order. */
  List<String> outputs();

  /**
   * The layers in the order of their work, with all shapes.
   *
   * @param inputs the shape of one row of each input
   * @throws ModelException if a layer does not fit those before; both are named
   */
  Plan plan(Map<String, Shape> inputs);

  /** The plan of a model with one input. */
  default Plan plan(Shape input) {
    if (inputs().size() != 1) {
      throw new ModelException("inputs.count", inputs(), 1);
    }
    return plan(Map.of(inputs().getFirst(), input));
  }

  /**
   * Makes the network with fresh weights, a function of the seed.
   *
   * @param inputs the shape of one row of each input
   */
  default Network build(Map<String, Shape> inputs, long seed) {
    return new Network(this, plan(inputs), seed);
  }

  /**
   * Makes the network with fresh weights, a function of the seed.
   *
   * @param input the shape of one row
   */
  default Network build(Shape input, long seed) {
    return new Network(this, plan(input), seed);
  }

  /** This model with one more layer behind its first output. */
  Model then(LayerSpec layer);

  /** Multiplications for one row, forward. */
  default double operations(Shape input) {
    return plan(input).operations();
  }
}

package io.millrace.model;

import io.millrace.model.layer.Activation;
import io.millrace.model.layer.JoinSpec;
import io.millrace.model.layer.LayerSpec;
import io.millrace.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model whose shapes are known: its layers in the order of their work.
 *
 * @param inputs the shape of one row of each input
 * @param steps the layers; a step reads inputs and earlier steps only
 * @param outputs the names of the outputs and the steps that give them
 */
public record Plan(Map<String, Shape> inputs, List<Step> steps, Map<String, Integer> outputs) {
  /** Copies. */
  public Plan {
    inputs = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    steps = List.copyOf(steps);
    outputs = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
  }

  /**
   * One layer at work.
   *
   * @param name unique; weights' names begin with it
   * @param shares the step whose weights this one uses, or its own number
   * @param from what it reads: a step's number, or −1 − an input's number
   * @param shapes the shapes of one row of what it reads
   * @param output the shape of one row of its output
   */
  public record Step(
      String name,
      LayerSpec layer,
      int shares,
      List<Integer> from,
      List<Shape> shapes,
      Shape output) {
    /** How messages call it. */
    public String label() {
      return name + ": " + layer.kind();
    }

    /** Multiplications for one row, forward. */
    public double operations() {
      return layer.operations(shapes.getFirst());
    }
  }

  /** Multiplications for one row, forward. */
  public double operations() {
    return steps.stream().mapToDouble(Step::operations).sum();
  }

  /** The steps that give the outputs. */
  public List<Step> last() {
    return outputs.values().stream().map(steps::get).toList();
  }

  /** The shape of one row of the first output. */
  public Shape output() {
    return last().getFirst().output();
  }

  /** The activation at the first output. */
  public Activation activation() {
    return last().getFirst().layer().activation();
  }

  /** Collects steps and checks each against what it reads. */
  static final class Builder {
    private final List<Step> steps = new ArrayList<>();
    private final List<String> inputNames;
    private final List<Shape> inputShapes = new ArrayList<>();
    private final Map<String, Shape> inputs = new LinkedHashMap<>();

    Builder(List<String> names, Map<String, Shape> shapes) {
      this.inputNames = names;
      for (String name : names) {
        Shape shape = shapes.get(name);
        if (shape == null || shapes.size() != names.size()) {
          throw new ModelException("inputs.names", names, shapes.keySet());
        }
        inputs.put(name, shape);
        inputShapes.add(shape);
      }
    }

    int add(String name, LayerSpec layer, int shares, List<Integer> from) {
      List<Shape> shapes =
          from.stream().map(i -> i < 0 ? inputShapes.get(-1 - i) : steps.get(i).output()).toList();
      int number = steps.size();
      Shape output;
      try {
        output = output(layer, shapes);
      } catch (ModelException e) {
        throw new ModelException(
            "layer.fit", name + ": " + layer.kind(), labels(from), shapes, e.getMessage());
      }
      steps.add(new Step(name, layer, shares < 0 ? number : shares, from, shapes, output));
      return number;
    }

    private static Shape output(LayerSpec layer, List<Shape> shapes) {
      if (layer instanceof JoinSpec join) {
        return join.output(shapes);
      }
      if (shapes.size() != 1) {
        throw new ModelException("layer.single", layer.kind(), shapes.size());
      }
      return layer.output(shapes.getFirst());
    }

    private String labels(List<Integer> from) {
      return String.join(
          ", ",
          from.stream().map(i -> i < 0 ? inputNames.get(-1 - i) : steps.get(i).label()).toList());
    }

    Plan build(Map<String, Integer> outputs) {
      return new Plan(inputs, steps, outputs);
    }
  }
}

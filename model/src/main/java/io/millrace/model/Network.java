package io.millrace.model;

import io.millrace.model.layer.Activation;
import io.millrace.model.layer.Layer;
import io.millrace.model.layer.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A network with weights. Any thread may compute with it, each in a scope of its own; training is
 * for one thread at a time. Weights are named {@code layer.weight}, with the layer's place, as in a
 * PyTorch {@code nn.Sequential} whose activations are modules of their own only where they are
 * layers here.
 */
public final class Network implements AutoCloseable {
  private final Sequential description;
  private final List<Shape> shapes;
  private final Scope owner = Scope.shared();
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final List<Layer> layers = new ArrayList<>();

  Network(Sequential description, Shape input, long seed) {
    this.description = description;
    this.shapes = description.shapes(input);
    RandomState.seed(seed);
    for (int i = 0; i < description.layers().size(); i++) {
      layers.add(description.layers().get(i).build(shapes.get(i), new Fresh(i)));
    }
  }

  /** What was built. */
  public Sequential description() {
    return description;
  }

  /** The shape of one input row. */
  public Shape input() {
    return shapes.getFirst();
  }

  /** The shape of one output row. */
  public Shape output() {
    return shapes.getLast();
  }

  /** The trainable weights by name, in the layers' order. */
  public Map<String, Tensor> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The number of trainable numbers. */
  public long parameterCount() {
    return parameters.values().stream().mapToLong(Tensor::elements).sum();
  }

  /**
   * The network's output.
   *
   * @param x [batch, input…], float32
   * @return [batch, output…]
   */
  public Tensor forward(Tensor x, Layer.Pass pass) {
    return lastActivation().apply(scores(x, pass));
  }

  /**
   * The output before the last layer's activation: logits, which losses take because softmax and
   * log together lose no digits that way.
   */
  public Tensor scores(Tensor x, Layer.Pass pass) {
    if (!x.shape().row().equals(input())) {
      throw new ModelException("input.shape", x.shape(), input());
    }
    Tensor value = x;
    int last = layers.size() - 1;
    for (int i = 0; i <= last; i++) {
      value = layers.get(i).forward(value, pass);
      if (i < last) {
        value = description.layers().get(i).activation().apply(value);
      }
    }
    return value;
  }

  /** The last layer's activation. */
  public Activation lastActivation() {
    return description.layers().getLast().activation();
  }

  /** The table of layers that Keras users know: kind, output shape, trainable numbers. */
  public String summary() {
    return Summary.of(this, shapes);
  }

  /**
   * Takes over weights.
   *
   * @throws ModelException if a name is missing, surplus, or of another shape
   */
  public void load(Map<String, Tensor> weights) {
    for (Map.Entry<String, Tensor> entry : parameters.entrySet()) {
      Tensor given = weights.get(entry.getKey());
      if (given == null) {
        throw new ModelException("weights.missing", entry.getKey());
      }
      if (!given.shape().equals(entry.getValue().shape())) {
        throw new ModelException(
            "weights.shape", entry.getKey(), given.shape(), entry.getValue().shape());
      }
    }
    for (String name : weights.keySet()) {
      if (!parameters.containsKey(name)) {
        throw new ModelException("weights.surplus", name, parameters.keySet());
      }
    }
    try (var mode = io.millrace.tensor.Mode.noGradient()) {
      parameters.forEach(
          (name, parameter) ->
              parameter.copyInPlace(java.util.Objects.requireNonNull(weights.get(name))));
    }
  }

  /** Frees the weights. */
  @Override
  public void close() {
    owner.close();
  }

  /** Makes one layer's weights. */
  private final class Fresh implements Weights {
    private final int layer;

    Fresh(int layer) {
      this.layer = layer;
    }

    @Override
    public Tensor glorot(String name, long in, long out, long... sizes) {
      double bound = Math.sqrt(6.0 / (in + out));
      try (Scope scope = Scope.open()) {
        return keep(name, Tensors.uniform(-bound, bound, sizes));
      }
    }

    @Override
    public Tensor zeros(String name, long... sizes) {
      try (Scope scope = Scope.open()) {
        return keep(name, Tensors.zeros(DType.FLOAT32, sizes));
      }
    }

    private Tensor keep(String name, Tensor tensor) {
      owner.adopt(tensor.trackGradient());
      parameters.put(layer + "." + name, tensor);
      return tensor;
    }
  }
}

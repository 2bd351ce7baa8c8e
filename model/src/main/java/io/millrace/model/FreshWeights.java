package io.millrace.model;

import io.millrace.model.layer.Initializer;
import io.millrace.model.layer.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Makes and keeps a network's weights by name. */
final class FreshWeights {
  private final Scope owner;
  private final Map<String, Tensor> trainable = new LinkedHashMap<>();
  private final Map<String, Tensor> all = new LinkedHashMap<>();

  FreshWeights(Scope owner) {
    this.owner = owner;
  }

  Map<String, Tensor> trainable() {
    return Collections.unmodifiableMap(trainable);
  }

  Map<String, Tensor> all() {
    return Collections.unmodifiableMap(all);
  }

  Weights inside(String prefix) {
    return new Named(prefix + ".");
  }

  void load(Map<String, Tensor> given) {
    for (Map.Entry<String, Tensor> entry : all.entrySet()) {
      Tensor tensor = given.get(entry.getKey());
      if (tensor == null) {
        throw new ModelException("weights.missing", entry.getKey());
      }
      if (!tensor.shape().equals(entry.getValue().shape())) {
        throw new ModelException(
            "weights.shape", entry.getKey(), tensor.shape(), entry.getValue().shape());
      }
    }
    for (String name : given.keySet()) {
      if (!all.containsKey(name)) {
        throw new ModelException("weights.surplus", name, all.keySet());
      }
    }
    try (Mode mode = Mode.noGradient()) {
      all.forEach((name, weight) -> weight.copyInPlace(Objects.requireNonNull(given.get(name))));
    }
  }

  /** The weights of one layer. */
  private final class Named implements Weights {
    private final String prefix;

    Named(String prefix) {
      this.prefix = prefix;
    }

    @Override
    public Tensor fresh(String name, Initializer initializer, long in, long out, long... sizes) {
      try (Scope scope = Scope.open();
          Mode mode = Mode.noGradient()) {
        return keep(name, initializer.draw(in, out, sizes));
      }
    }

    @Override
    public Tensor constant(String name, double value, long... sizes) {
      try (Scope scope = Scope.open()) {
        return keep(name, Tensors.full(value, DType.FLOAT32, sizes));
      }
    }

    @Override
    public Tensor buffer(String name, double value, long... sizes) {
      try (Scope scope = Scope.open()) {
        Tensor tensor = owner.adopt(Tensors.full(value, DType.FLOAT32, sizes));
        all.put(prefix + name, tensor);
        return tensor;
      }
    }

    @Override
    public Tensor own(Tensor tensor) {
      return owner.adopt(tensor);
    }

    @Override
    public Weights inside(String name) {
      return new Named(prefix + name + ".");
    }

    private Tensor keep(String name, Tensor tensor) {
      owner.adopt(tensor.trackGradient());
      if (all.put(prefix + name, tensor) != null) {
        throw new ModelException("weights.twice", prefix + name);
      }
      trainable.put(prefix + name, tensor);
      return tensor;
    }
  }
}

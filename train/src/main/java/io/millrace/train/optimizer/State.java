package io.millrace.train.optimizer;

import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.TrainException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The named tensors that an optimizer keeps between steps. */
final class State implements AutoCloseable {
  private final Scope owner = Scope.shared();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /** One tensor of zeros a parameter, of its shape. */
  List<Tensor> like(String name, Map<String, Tensor> parameters) {
    return like(name, parameters, 0);
  }

  /** One tensor of one value a parameter, of its shape. */
  List<Tensor> like(String name, Map<String, Tensor> parameters, double value) {
    List<Tensor> all = new ArrayList<>();
    parameters.forEach(
        (parameter, tensor) ->
            all.add(make(parameter + "." + name, DType.FLOAT32, value, tensor.shape().sizes())));
    return all;
  }

  /** One scalar of zero a parameter. */
  List<Tensor> scalars(String name, Map<String, Tensor> parameters) {
    List<Tensor> all = new ArrayList<>();
    parameters
        .keySet()
        .forEach(parameter -> all.add(make(parameter + "." + name, DType.FLOAT32, 0)));
    return all;
  }

  /** One number for the whole optimizer, in double precision. */
  Tensor scalar(String name, double value) {
    return make(name, DType.FLOAT64, value);
  }

  Map<String, Tensor> tensors() {
    return Map.copyOf(tensors);
  }

  void restore(Map<String, Tensor> saved) {
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor given = saved.get(entry.getKey());
      if (given == null || !given.shape().equals(entry.getValue().shape())) {
        throw new TrainException("state.mismatch", entry.getKey());
      }
    }
    try (Mode mode = Mode.noGradient()) {
      tensors.forEach(
          (name, tensor) -> tensor.copyInPlace(Objects.requireNonNull(saved.get(name))));
    }
  }

  private Tensor make(String name, DType dtype, double value, long... sizes) {
    try (Scope scope = Scope.open()) {
      Tensor tensor = owner.adopt(Tensors.full(value, dtype, sizes));
      tensors.put(name, tensor);
      return tensor;
    }
  }

  @Override
  public void close() {
    owner.close();
  }
}

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

/** The named tensors that an optimizer keeps between steps. */
final class State implements AutoCloseable {
  private final Scope owner = Scope.shared();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /** One tensor of zeros a parameter, of its shape. */
  List<Tensor> like(String name, Map<String, Tensor> parameters) {
    List<Tensor> all = new ArrayList<>();
    parameters.forEach(
        (parameter, tensor) -> all.add(zeros(parameter + "." + name, tensor.shape().sizes())));
    return all;
  }

  /** One scalar of zero a parameter. */
  List<Tensor> scalars(String name, Map<String, Tensor> parameters) {
    List<Tensor> all = new ArrayList<>();
    parameters.keySet().forEach(parameter -> all.add(zeros(parameter + "." + name)));
    return all;
  }

  /** One scalar for the whole optimizer. */
  Tensor scalar(String name) {
    return zeros(name);
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
          (name, tensor) -> tensor.copyInPlace(java.util.Objects.requireNonNull(saved.get(name))));
    }
  }

  private Tensor zeros(String name, long... sizes) {
    try (Scope scope = Scope.open()) {
      Tensor tensor = owner.adopt(Tensors.zeros(DType.FLOAT32, sizes));
      tensors.put(name, tensor);
      return tensor;
    }
  }

  @Override
  public void close() {
    owner.close();
  }
}

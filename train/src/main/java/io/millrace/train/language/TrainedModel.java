package io.millrace.train.language;

import io.millrace.ground.spec.Stars;
import io.millrace.model.Weights;
import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.Pretrained;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What training changes in a folder's model: its weights, or those of an adapter on it. */
final class TrainedModel implements Weights, AutoCloseable {
  /** Numbers that folders hold and the reference does not train. */
  private static final String FIXED = ".*norm\\.(mean|variance)|head\\.bias";

  private final Map<String, Tensor> parameters = new LinkedHashMap<>();

  /**
   * @param frozen names of weights that stay, {@code *} for any text
   * @throws TrainException if nothing is left to train, or weights are not float32
   */
  TrainedModel(Pretrained model, @Nullable Adapter adapter, List<String> frozen) {
    model.weights().forEach(TrainedModel::checkFinite);
    Map<String, Tensor> all = adapter == null ? model.weights() : adapter.parameters();
    for (String pattern : frozen) {
      if (all.keySet().stream().noneMatch(name -> Stars.fit(pattern, name))) {
        throw new TrainException("group.none", pattern, all.keySet());
      }
    }
    all.forEach(
        (name, weight) -> {
          if (frozen.stream().noneMatch(pattern -> Stars.fit(pattern, name))
              && !name.matches(FIXED)
              && weight.dtype().isFloating()) {
            parameters.put(name, weight);
          }
        });
    if (parameters.isEmpty()) {
      throw new TrainException("parameters.none");
    }
    parameters.forEach(
        (name, weight) -> {
          if (weight.dtype() != DType.FLOAT32) {
            throw new TrainException("language.dtype", name, weight.dtype());
          }
          weight.trackGradient();
        });
  }

  /** A damaged checkpoint would only be noticed when everything that it touched is NaN too. */
  private static void checkFinite(String name, Tensor weight) {
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      if (weight.dtype().isFloating() && !Double.isFinite(weight.sum().item())) {
        throw new TrainException("weights.finite", name);
      }
    }
  }

  @Override
  public Map<String, Tensor> parameters() {
    return parameters;
  }

  @Override
  public Map<String, Tensor> state() {
    return parameters;
  }

  @Override
  public void load(Map<String, Tensor> state) {
    try (Mode mode = Mode.noGradient()) {
      parameters.forEach(
          (name, weight) -> {
            Tensor given = state.get(name);
            if (given == null || !given.shape().equals(weight.shape())) {
              throw new TrainException("state.mismatch", name);
            }
            weight.copyInPlace(given);
          });
    }
  }

  /** Ends the tracking of gradients. */
  @Override
  public void close() {
    parameters
        .values()
        .forEach(
            weight -> {
              weight.clearGradient();
              weight.dropGradient();
            });
  }
}

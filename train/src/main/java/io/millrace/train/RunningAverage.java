package io.millrace.train;

import io.millrace.model.Weights;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.TensorList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The mean of weights over time. */
final class RunningAverage implements AutoCloseable {
  private final Average settings;
  private final Weights trained;
  private final Scope owner = Scope.shared();
  private final Map<String, Tensor> mean = new LinkedHashMap<>();
  private final TensorList means;
  private final TensorList weights;
  private long taken;

  RunningAverage(Average settings, Weights trained) {
    this.settings = settings;
    this.trained = trained;
    try (Mode mode = Mode.noGradient();
        Scope scope = Scope.open()) {
      trained.state().forEach((name, weight) -> mean.put(name, owner.adopt(weight.copy())));
    }
    means = TensorList.of(List.copyOf(mean.values()));
    weights = TensorList.of(new ArrayList<>(trained.state().values()));
  }

  /** After a step. */
  void stepped() {
    if (settings instanceof Average.Ema(double decay)) {
      if (taken++ == 0) {
        means.copyInPlace(weights);
      } else {
        means.lerpInPlace(weights, 1 - decay);
      }
    }
  }

  /** After an epoch. */
  void finished(int epoch) {
    if (settings instanceof Average.Swa(int from) && epoch >= from) {
      taken++;
      means.lerpInPlace(weights, 1.0 / taken);
    }
  }

  /** Whether there is a mean yet. */
  boolean isReady() {
    return taken > 0;
  }

  long taken() {
    return taken;
  }

  Map<String, Tensor> mean() {
    return Collections.unmodifiableMap(mean);
  }

  void restore(Map<String, Tensor> saved, long count) {
    taken = count;
    try (Mode mode = Mode.noGradient()) {
      mean.forEach(
          (name, tensor) -> {
            Tensor given = saved.get(name);
            if (given == null || !given.shape().equals(tensor.shape())) {
              throw new TrainException("state.mismatch", name);
            }
            tensor.copyInPlace(given);
          });
    }
  }

  /** Runs with the mean in the trained's place. */
  void during(Runnable work) {
    if (!isReady()) {
      work.run();
      return;
    }
    try (Scope kept = Scope.open()) {
      Map<String, Tensor> before = new LinkedHashMap<>();
      try (Mode mode = Mode.noGradient()) {
        trained.state().forEach((name, weight) -> before.put(name, weight.copy()));
      }
      trained.load(mean);
      try {
        work.run();
      } finally {
        trained.load(before);
      }
    }
  }

  @Override
  public void close() {
    means.close();
    weights.close();
    owner.close();
  }
}

package io.millrace.train.optimizer;

import io.millrace.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** Several optimizers, each for a part of the weights, with rates that keep their ratio. */
final class PartedOptimizer implements Optimizer {
  private final Map<String, Optimizer> parts;
  private final Map<String, Double> ratios = new LinkedHashMap<>();
  private double rate;

  PartedOptimizer(double rate, Map<String, Optimizer> parts) {
    this.rate = rate;
    this.parts = parts;
    parts.forEach((name, part) -> ratios.put(name, part.rate() / rate));
  }

  @Override
  public void step() {
    parts.values().forEach(Optimizer::step);
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    parts.forEach(
        (part, optimizer) ->
            optimizer.state().forEach((name, tensor) -> all.put(part + "/" + name, tensor)));
    return all;
  }

  @Override
  public void restore(Map<String, Tensor> state) {
    parts.forEach(
        (part, optimizer) -> {
          Map<String, Tensor> own = new LinkedHashMap<>();
          state.forEach(
              (name, tensor) -> {
                if (name.startsWith(part + "/")) {
                  own.put(name.substring(part.length() + 1), tensor);
                }
              });
          optimizer.restore(own);
        });
  }

  @Override
  public double rate() {
    return rate;
  }

  @Override
  public void rate(double changed) {
    rate = changed;
    parts.forEach(
        (name, part) -> part.rate(changed * java.util.Objects.requireNonNull(ratios.get(name))));
  }

  @Override
  public void close() {
    parts.values().forEach(Optimizer::close);
  }
}

package io.millrace.train.optimizer;

import io.millrace.tensor.FusedOptimizer;
import io.millrace.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * What all optimizers on fused steps have in common: weights, state, the step length. A new one
 * says how its fused step is made and called.
 */
abstract class RunningOptimizer implements Optimizer {
  private final List<Tensor> parameters;
  private final State state;
  private final FusedOptimizer fused;
  private double rate;

  RunningOptimizer(Map<String, Tensor> parameters, State state, FusedOptimizer fused, double rate) {
    this.parameters = List.copyOf(parameters.values());
    this.state = state;
    this.fused = fused;
    this.rate = rate;
  }

  /** Changes the weights. */
  abstract void update(FusedOptimizer step, double length);

  @Override
  public final void step() {
    update(fused, rate);
    parameters.forEach(Tensor::clearGradient);
  }

  @Override
  public final Map<String, Tensor> state() {
    return state.tensors();
  }

  @Override
  public void restore(Map<String, Tensor> saved) {
    state.restore(saved);
  }

  @Override
  public final double rate() {
    return rate;
  }

  @Override
  public final void rate(double changed) {
    rate = changed;
  }

  @Override
  public final void close() {
    fused.close();
    state.close();
  }
}

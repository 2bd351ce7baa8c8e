package io.millrace.train.optimizer;

import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.TensorList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What all optimizers have in common: weights, state, the step length and the count of steps. A new
 * one says what a step does.
 */
abstract class RunningOptimizer implements Optimizer {
  private final List<Tensor> parameters;
  private final State state;
  private final Tensor steps;
  private final List<AutoCloseable> owned = new ArrayList<>();
  private double rate;
  private long count;

  RunningOptimizer(Map<String, Tensor> parameters, State state, double rate) {
    this.parameters = List.copyOf(parameters.values());
    this.state = state;
    this.rate = rate;
    this.steps = state.scalar("steps", 0);
  }

  /**
   * Changes the weights.
   *
   * @param step from 1
   */
  abstract void update(long step, double length);

  /** The weights as one list, which the optimizer closes. */
  final TensorList list(List<Tensor> tensors) {
    TensorList list = TensorList.of(tensors);
    owned.add(list);
    return list;
  }

  /** Something native to close with the optimizer. */
  final <T extends AutoCloseable> T own(T thing) {
    owned.add(thing);
    return thing;
  }

  /** The weights. */
  final List<Tensor> parameters() {
    return parameters;
  }

  @Override
  public final void step() {
    count++;
    try (Scope scope = Scope.open()) {
      update(count, rate);
    }
    steps.fillInPlace(count);
    parameters.forEach(Tensor::clearGradient);
  }

  @Override
  public final Map<String, Tensor> state() {
    return state.tensors();
  }

  @Override
  public void restore(Map<String, Tensor> saved) {
    state.restore(saved);
    count = (long) steps.item();
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
    for (AutoCloseable thing : owned) {
      try {
        thing.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    state.close();
  }
}

package io.millrace.train;

import io.millrace.model.Network;
import io.millrace.model.Plan;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Tensor;
import io.millrace.train.optimizer.OptimizerSpec;

/**
 * What a training will hold in memory at once, estimated before it starts, in bytes.
 *
 * @param weights weights and statistics
 * @param gradients one for each trained weight
 * @param optimizer its state
 * @param activations what the forward pass keeps for the way back, for one batch
 */
public record Memory(long weights, long gradients, long optimizer, long activations) {
  private static final int BYTES = Float.BYTES;

  /** The estimate for a network. */
  static Memory of(
      Network network, OptimizerSpec settings, int batch, int segments, boolean averaged) {
    long state = network.state().values().stream().mapToLong(Tensor::elements).sum();
    long trained = network.parameterCount();
    Plan plan = network.plan();
    long row = 0;
    for (Plan.Step step : plan.steps()) {
      int kept = step.layer().activation() == Activation.LINEAR ? 1 : 2;
      row += kept * step.output().elements();
    }
    long input = plan.inputs().values().stream().mapToLong(shape -> shape.elements()).sum();
    long held = segments > 1 ? 2 * row / segments : row;
    return new Memory(
        state * BYTES * (averaged ? 2 : 1),
        trained * BYTES,
        trained * BYTES * settings.statesPerWeight(),
        (input + held) * batch * BYTES);
  }

  /** What the machine has, in bytes. */
  public long machine() {
    return java.lang.management.ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean machine
        ? machine.getTotalMemorySize()
        : Long.MAX_VALUE;
  }

  /** All of it. */
  public long total() {
    return weights + gradients + optimizer + activations;
  }
}

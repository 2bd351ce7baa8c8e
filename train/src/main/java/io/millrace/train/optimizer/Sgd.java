package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.tensor.FusedOptimizer;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;
import java.util.List;
import java.util.Map;

/**
 * Gradient descent with momentum, as {@code torch.optim.SGD} computes it (the momentum starts with
 * the first gradient); Keras's defaults.
 *
 * @param rate the step length, above 0
 * @param momentum from 0 (none) to less than 1
 * @param nesterov whether to look ahead (Nesterov 1983); needs momentum
 * @param decay weight decay, 0 for none
 */
public record Sgd(
    @Default("0.01") double rate,
    @Default("0") double momentum,
    @Default("false") boolean nesterov,
    @Default("0") double decay)
    implements OptimizerSpec {
  /** Checks the ranges. */
  public Sgd {
    Ranges.common("sgd", List.of(rate, momentum, decay), rate, decay, momentum);
    if (nesterov && momentum == 0) {
      throw new TrainException("sgd.nesterov");
    }
  }

  /** Plain gradient descent with this step length. */
  public static Sgd sgd(double rate) {
    return new Sgd(rate, 0, false, 0);
  }

  @Override
  public Sgd adjusted(double changedRate, double changedDecay) {
    return new Sgd(changedRate, momentum, nesterov, changedDecay);
  }

  @Override
  public int statesPerWeight() {
    return momentum > 0 ? 1 : 0;
  }

  @Override
  public Optimizer over(Map<String, Tensor> parameters) {
    State state = new State();
    FusedOptimizer fused =
        FusedOptimizer.sgd(
            List.copyOf(parameters.values()),
            momentum > 0 ? state.like("momentum", parameters) : List.of());
    FusedOptimizer.Momentum kind =
        nesterov ? FusedOptimizer.Momentum.NESTEROV : FusedOptimizer.Momentum.PLAIN;
    RunningOptimizer running =
        new RunningOptimizer(parameters, state, rate) {
          @Override
          void update(long step, double length) {
            fused.stepSgd(
                length,
                momentum,
                0,
                decay,
                kind,
                step == 1 ? FusedOptimizer.Start.FIRST_STEP : FusedOptimizer.Start.LATER_STEP);
          }
        };
    running.own(fused);
    return running;
  }
}

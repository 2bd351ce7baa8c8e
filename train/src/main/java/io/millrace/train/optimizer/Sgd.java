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
    if (!(rate > 0) || !(momentum >= 0 && momentum < 1) || decay < 0) {
      throw new TrainException("sgd.range", rate, momentum, decay);
    }
    if (nesterov && momentum == 0) {
      throw new TrainException("sgd.nesterov");
    }
  }

  /** Plain gradient descent with this step length. */
  public static Sgd sgd(double rate) {
    return new Sgd(rate, 0, false, 0);
  }

  @Override
  public Optimizer over(Map<String, Tensor> parameters) {
    State state = new State();
    FusedOptimizer fused =
        FusedOptimizer.sgd(
            List.copyOf(parameters.values()),
            momentum > 0 ? state.like("momentum", parameters) : List.of());
    return new Running(this, parameters, state, fused);
  }

  private static final class Running extends RunningOptimizer {
    private final Sgd settings;
    private final Tensor steps;
    private boolean first = true;

    Running(Sgd settings, Map<String, Tensor> parameters, State state, FusedOptimizer fused) {
      super(parameters, state, fused, settings.rate());
      this.settings = settings;
      this.steps = state.scalar("step");
    }

    @Override
    void update(FusedOptimizer step, double length) {
      step.stepSgd(
          length,
          settings.momentum(),
          0,
          settings.decay(),
          settings.nesterov() ? FusedOptimizer.Momentum.NESTEROV : FusedOptimizer.Momentum.PLAIN,
          first ? FusedOptimizer.Start.FIRST_STEP : FusedOptimizer.Start.LATER_STEP);
      if (first) {
        steps.fillInPlace(1);
        first = false;
      }
    }

    @Override
    public void restore(Map<String, Tensor> saved) {
      super.restore(saved);
      first = steps.item() == 0;
    }
  }
}

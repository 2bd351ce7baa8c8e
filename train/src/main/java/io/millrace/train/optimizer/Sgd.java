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
    return new Running(this, parameters);
  }

  private static final class Running implements Optimizer {
    private final Sgd settings;
    private final List<Tensor> parameters;
    private final State state = new State();
    private final Tensor steps = state.scalar("step");
    private final FusedOptimizer fused;
    private boolean first = true;
    private double rate;

    Running(Sgd settings, Map<String, Tensor> parameters) {
      this.settings = settings;
      this.parameters = List.copyOf(parameters.values());
      this.rate = settings.rate();
      this.fused =
          FusedOptimizer.sgd(
              this.parameters,
              settings.momentum() > 0 ? state.like("momentum", parameters) : List.of());
    }

    @Override
    public void step() {
      fused.stepSgd(
          rate,
          settings.momentum(),
          0,
          settings.decay(),
          settings.nesterov() ? FusedOptimizer.Momentum.NESTEROV : FusedOptimizer.Momentum.PLAIN,
          first ? FusedOptimizer.Start.FIRST_STEP : FusedOptimizer.Start.LATER_STEP);
      if (first) {
        steps.fillInPlace(1);
        first = false;
      }
      parameters.forEach(Tensor::clearGradient);
    }

    @Override
    public Map<String, Tensor> state() {
      return state.tensors();
    }

    @Override
    public void restore(Map<String, Tensor> saved) {
      state.restore(saved);
      first = steps.item() == 0;
    }

    @Override
    public double rate() {
      return rate;
    }

    @Override
    public void rate(double changed) {
      rate = changed;
    }

    @Override
    public void close() {
      fused.close();
      state.close();
    }
  }
}

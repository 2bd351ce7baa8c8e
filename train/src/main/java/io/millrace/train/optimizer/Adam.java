package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.tensor.FusedOptimizer;
import io.millrace.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Adam (Kingma & Ba 2015) with Keras's defaults. Decay is added to the gradient; see {@link AdamW}.
 *
 * @param rate the step length, above 0
 * @param beta1 the mean's decay, from 0 to less than 1
 * @param beta2 the square's decay, likewise
 * @param epsilon added to the root of the square
 * @param decay weight decay, 0 for none
 */
public record Adam(
    @Default("0.001") double rate,
    @Default("0.9") double beta1,
    @Default("0.999") double beta2,
    @Default("1e-7") double epsilon,
    @Default("0") double decay)
    implements OptimizerSpec {
  /** Checks the ranges. */
  public Adam {
    Ranges.common("adam", List.of(rate, beta1, beta2, epsilon, decay), rate, decay, beta1, beta2);
  }

  /** Adam with this step length. */
  public static Adam adam(double rate) {
    return new Adam(rate, 0.9, 0.999, 1e-7, 0);
  }

  @Override
  public Adam adjusted(double changedRate, double changedDecay) {
    return new Adam(changedRate, beta1, beta2, epsilon, changedDecay);
  }

  @Override
  public int statesPerWeight() {
    return 2;
  }

  @Override
  public Optimizer over(Map<String, Tensor> parameters) {
    return running(this, FusedOptimizer.Decay.COUPLED, parameters);
  }

  /** Adam's step, with either kind of decay. */
  static Optimizer running(
      Adam settings, FusedOptimizer.Decay decay, Map<String, Tensor> parameters) {
    State state = new State();
    FusedOptimizer fused =
        FusedOptimizer.adam(
            decay,
            List.copyOf(parameters.values()),
            state.like("mean", parameters),
            state.like("square", parameters),
            state.scalars("step", parameters));
    RunningOptimizer running =
        new RunningOptimizer(parameters, state, settings.rate()) {
          @Override
          void update(long step, double length) {
            fused.stepAdam(
                length, settings.beta1(), settings.beta2(), settings.epsilon(), settings.decay());
          }
        };
    running.own(fused);
    return running;
  }
}

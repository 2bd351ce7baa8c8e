package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.tensor.FusedOptimizer;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;
import java.util.List;
import java.util.Map;

/**
 * Adam (Kingma & Ba 2015) with Keras's defaults; with {@code decoupled}, AdamW (Loshchilov & Hutter
 * 2019).
 *
 * @param rate the step length, above 0
 * @param beta1 the mean's decay, from 0 to less than 1
 * @param beta2 the square's decay, likewise
 * @param epsilon added to the root of the square
 * @param decay weight decay, 0 for none
 * @param decoupled whether decay is taken from the weights instead of added to the gradient
 */
public record Adam(
    @Default("0.001") double rate,
    @Default("0.9") double beta1,
    @Default("0.999") double beta2,
    @Default("1e-7") double epsilon,
    @Default("0") double decay,
    @Default("false") boolean decoupled)
    implements OptimizerSpec {
  /** Checks the ranges. */
  public Adam {
    if (!(rate > 0) || !(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1) || decay < 0) {
      throw new TrainException("adam.range", rate, beta1, beta2, decay);
    }
  }

  /** Adam with this step length. */
  public static Adam adam(double rate) {
    return new Adam(rate, 0.9, 0.999, 1e-7, 0, false);
  }

  @Override
  public Optimizer over(Map<String, Tensor> parameters) {
    State state = new State();
    FusedOptimizer fused =
        FusedOptimizer.adam(
            decoupled ? FusedOptimizer.Decay.DECOUPLED : FusedOptimizer.Decay.COUPLED,
            List.copyOf(parameters.values()),
            state.like("mean", parameters),
            state.like("square", parameters),
            state.scalars("step", parameters));
    return new RunningOptimizer(parameters, state, fused, rate) {
      @Override
      void update(FusedOptimizer step, double length) {
        step.stepAdam(length, beta1, beta2, epsilon, decay);
      }
    };
  }
}

package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.TensorList;
import java.util.List;
import java.util.Map;

/**
 * Steps of one length by the sign of a momentum (Chen et al. 2023, algorithm 2).
 *
 * @param rate the step length
 * @param beta1 the momentum's share in the sign
 * @param beta2 the momentum's decay
 * @param decay taken from the weights themselves
 */
public record Lion(
    @Default("0.0001") double rate,
    @Default("0.9") double beta1,
    @Default("0.99") double beta2,
    @Default("0") double decay)
    implements OptimizerSpec {
  /** Checks the ranges. */
  public Lion {
    Ranges.common("lion", List.of(rate, beta1, beta2, decay), rate, decay, beta1, beta2);
  }

  @Override
  public Lion adjusted(double changedRate, double changedDecay) {
    return new Lion(changedRate, beta1, beta2, changedDecay);
  }

  @Override
  public int statesPerWeight() {
    return 1;
  }

  @Override
  public Optimizer over(Map<String, Tensor> parameters) {
    State state = new State();
    List<Tensor> means = state.like("mean", parameters);
    return new Moments(parameters, state, rate, 0) {
      private final TensorList mean = list(means);

      @Override
      void update(TensorList gradients, long step, double length) {
        try (TensorList mixed = mean.mul(beta1).addInPlace(gradients, 1 - beta1);
            TensorList signs = mixed.sign()) {
          if (decay != 0) {
            weights.mulInPlace(1 - length * decay);
          }
          weights.addInPlace(signs, -length);
        }
        mean.lerpInPlace(gradients, 1 - beta2);
      }
    };
  }
}

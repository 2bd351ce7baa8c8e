package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Key;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.TensorList;
import java.util.List;
import java.util.Map;

/**
 * Adam with Nesterov's momentum (Dozat 2016), as {@code torch.optim.NAdam}.
 *
 * @param rate the step length
 * @param beta1 the mean's decay
 * @param beta2 the square's decay
 * @param epsilon added to the root of the square
 * @param decay weight decay
 * @param momentumDecay how fast the momentum approaches {@code beta1}
 */
@Key("nadam")
public record NAdam(
    @Default("0.001") double rate,
    @Default("0.9") double beta1,
    @Default("0.999") double beta2,
    @Default("1e-7") double epsilon,
    @Default("0") double decay,
    @Default("0.004") double momentumDecay)
    implements OptimizerSpec {
  /** Checks the ranges. */
  public NAdam {
    Ranges.common("nadam", List.of(rate, beta1, beta2, epsilon, decay), rate, decay, beta1, beta2);
  }

  @Override
  public NAdam adjusted(double changedRate, double changedDecay) {
    return new NAdam(changedRate, beta1, beta2, epsilon, changedDecay, momentumDecay);
  }

  @Override
  public int statesPerWeight() {
    return 2;
  }

  @Override
  public Optimizer over(Map<String, Tensor> parameters) {
    State state = new State();
    List<Tensor> means = state.like("mean", parameters);
    List<Tensor> squares = state.like("square", parameters);
    Tensor product = state.scalar("product", 1);
    return new Moments(parameters, state, rate, decay) {
      private final TensorList mean = list(means);
      private final TensorList square = list(squares);

      @Override
      void update(TensorList gradients, long step, double length) {
        double now = momentum(step);
        double next = momentum(step + 1);
        product.mulInPlace(now);
        double all = product.item();
        mean.lerpInPlace(gradients, 1 - beta1);
        square(square, gradients, beta2);
        double correction = 1 - Math.pow(beta2, step);
        try (TensorList root = root(square, 1 / Math.sqrt(correction), epsilon)) {
          weights.addQuotientInPlace(gradients, root, -length * (1 - now) / (1 - all));
          weights.addQuotientInPlace(mean, root, -length * next / (1 - all * next));
        }
      }
    };
  }

  private double momentum(long step) {
    return beta1 * (1 - 0.5 * Math.pow(0.96, step * momentumDecay));
  }
}

package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Key;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.TensorList;
import java.util.List;
import java.util.Map;

/**
 * Adam that waits until the square's variance is known (Liu et al. 2020), as {@code
 * torch.optim.RAdam}.
 *
 * @param rate the step length
 * @param beta1 the mean's decay
 * @param beta2 the square's decay
 * @param epsilon added to the root of the square
 * @param decay weight decay
 */
@Key("radam")
public record RAdam(
    @Default("0.001") double rate,
    @Default("0.9") double beta1,
    @Default("0.999") double beta2,
    @Default("1e-7") double epsilon,
    @Default("0") double decay)
    implements OptimizerSpec {
  /** Below this length of the approximated average its variance is not known (the paper's 4). */
  private static final double KNOWN = 5;

  /** Checks the ranges. */
  public RAdam {
    Ranges.common("radam", List.of(rate, beta1, beta2, epsilon, decay), rate, decay, beta1, beta2);
  }

  @Override
  public RAdam adjusted(double changedRate, double changedDecay) {
    return new RAdam(changedRate, beta1, beta2, epsilon, changedDecay);
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
    return new Moments(parameters, state, rate, decay) {
      private final TensorList mean = list(means);
      private final TensorList square = list(squares);

      @Override
      void update(TensorList gradients, long step, double length) {
        mean.lerpInPlace(gradients, 1 - beta1);
        square(square, gradients, beta2);
        double meanCorrection = 1 - Math.pow(beta1, step);
        double squareCorrection = 1 - Math.pow(beta2, step);
        double most = 2 / (1 - beta2) - 1;
        double now = most - 2 * step * Math.pow(beta2, step) / squareCorrection;
        if (now <= KNOWN) {
          weights.addInPlace(mean, -length / meanCorrection);
          return;
        }
        double rectified =
            Math.sqrt(
                (now - 4) * (now - 2) * most / ((most - 4) * (most - 2) * now) * squareCorrection);
        try (TensorList root = root(square, 1, epsilon)) {
          weights.addQuotientInPlace(mean, root, -length * rectified / meanCorrection);
        }
      }
    };
  }
}

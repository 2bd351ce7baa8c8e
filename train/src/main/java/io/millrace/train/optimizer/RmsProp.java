package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Key;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.TensorList;
import java.util.List;
import java.util.Map;

/**
 * Gradients divided by their running root mean square (Hinton 2012), as {@code torch.optim.RMSprop}
 * computes it, with Keras's defaults.
 *
 * @param rate the step length
 * @param rho the square's decay
 * @param momentum from 0 (none) to less than 1
 * @param epsilon added to the root
 * @param centered whether the variance is used instead of the square
 * @param decay weight decay
 */
@Key("rmsprop")
public record RmsProp(
    @Default("0.001") double rate,
    @Default("0.9") double rho,
    @Default("0") double momentum,
    @Default("1e-7") double epsilon,
    @Default("false") boolean centered,
    @Default("0") double decay)
    implements OptimizerSpec {
  /** Checks the ranges. */
  public RmsProp {
    Ranges.common(
        "rmsprop", List.of(rate, rho, momentum, epsilon, decay), rate, decay, rho, momentum);
  }

  @Override
  public RmsProp adjusted(double changedRate, double changedDecay) {
    return new RmsProp(changedRate, rho, momentum, epsilon, centered, changedDecay);
  }

  @Override
  public int statesPerWeight() {
    return 1 + (momentum > 0 ? 1 : 0) + (centered ? 1 : 0);
  }

  @Override
  public Optimizer over(Map<String, Tensor> parameters) {
    State state = new State();
    List<Tensor> squares = state.like("square", parameters);
    List<Tensor> means = centered ? state.like("mean", parameters) : squares;
    List<Tensor> momenta = momentum > 0 ? state.like("momentum", parameters) : squares;
    return new Moments(parameters, state, rate, decay) {
      private final TensorList square = list(squares);
      private final TensorList mean = list(means);
      private final TensorList memory = list(momenta);

      @Override
      void update(TensorList gradients, long step, double length) {
        square(square, gradients, rho);
        try (TensorList spread = spread(gradients);
            TensorList root = root(spread, 1, epsilon)) {
          if (momentum > 0) {
            memory.mulInPlace(momentum).addQuotientInPlace(gradients, root, 1);
            weights.addInPlace(memory, -length);
          } else {
            weights.addQuotientInPlace(gradients, root, -length);
          }
        }
      }

      private TensorList spread(TensorList gradients) {
        TensorList copy = square.mul(1);
        if (centered) {
          mean.lerpInPlace(gradients, 1 - rho);
          copy.addProductInPlace(mean, mean, -1);
        }
        return copy;
      }
    };
  }
}

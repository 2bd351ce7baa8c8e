package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.TensorList;
import java.util.List;
import java.util.Map;

/**
 * Steps measured by earlier steps (Zeiler 2012), as {@code torch.optim.Adadelta} computes it, with
 * Keras's defaults.
 *
 * @param rate a factor of the step
 * @param rho the averages' decay
 * @param epsilon added under the roots
 * @param decay weight decay
 */
public record Adadelta(
    @Default("0.001") double rate,
    @Default("0.95") double rho,
    @Default("1e-7") double epsilon,
    @Default("0") double decay)
    implements OptimizerSpec {
  /** Checks the ranges. */
  public Adadelta {
    Ranges.common("adadelta", List.of(rate, rho, epsilon, decay), rate, decay, rho);
  }

  @Override
  public Adadelta adjusted(double changedRate, double changedDecay) {
    return new Adadelta(changedRate, rho, epsilon, changedDecay);
  }

  @Override
  public int statesPerWeight() {
    return 2;
  }

  @Override
  public Optimizer over(Map<String, Tensor> parameters) {
    State state = new State();
    List<Tensor> squares = state.like("square", parameters);
    List<Tensor> deltas = state.like("delta", parameters);
    return new Moments(parameters, state, rate, decay) {
      private final TensorList square = list(squares);
      private final TensorList delta = list(deltas);

      @Override
      void update(TensorList gradients, long step, double length) {
        square(square, gradients, rho);
        try (TensorList below = square.mul(1).addInPlace(epsilon);
            TensorList deviation = below.sqrt();
            TensorList above = delta.mul(1).addInPlace(epsilon);
            TensorList change = above.sqrt().divInPlace(deviation).mulInPlace(gradients)) {
          square(delta, change, rho);
          weights.addInPlace(change, -length);
        }
      }
    };
  }
}

package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.TensorList;
import java.util.List;
import java.util.Map;

/**
 * Gradients divided by the root of the sum of their squares so far (Duchi et al. 2011), as {@code
 * torch.optim.Adagrad} computes it, with Keras's defaults.
 *
 * @param rate the step length
 * @param start what the sums start with
 * @param epsilon added to the root
 * @param decay weight decay
 */
public record Adagrad(
    @Default("0.001") double rate,
    @Default("0.1") double start,
    @Default("1e-7") double epsilon,
    @Default("0") double decay)
    implements OptimizerSpec {
  /** Checks the ranges. */
  public Adagrad {
    Ranges.common("adagrad", List.of(rate, start, epsilon, decay), rate, decay);
    Ranges.check("adagrad", start >= 0, start, "start ≥ 0");
  }

  @Override
  public Adagrad adjusted(double changedRate, double changedDecay) {
    return new Adagrad(changedRate, start, epsilon, changedDecay);
  }

  @Override
  public int statesPerWeight() {
    return 1;
  }

  @Override
  public Optimizer over(Map<String, Tensor> parameters) {
    State state = new State();
    List<Tensor> sums = state.like("sum", parameters, start);
    return new Moments(parameters, state, rate, decay) {
      private final TensorList sum = list(sums);

      @Override
      void update(TensorList gradients, long step, double length) {
        sum.addProductInPlace(gradients, gradients, 1);
        try (TensorList root = root(sum, 1, epsilon)) {
          weights.addQuotientInPlace(gradients, root, -length);
        }
      }
    };
  }
}

package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.TensorList;
import io.millrace.tensor.Tensors;
import java.util.List;
import java.util.Map;

/**
 * Adam's step, scaled layer by layer to the weights' own length, for large batches (You et al.
 * 2020, algorithm 2).
 *
 * @param rate the step length
 * @param beta1 the mean's decay
 * @param beta2 the square's decay
 * @param epsilon added to the root of the square
 * @param decay added to the step before it is scaled
 */
public record Lamb(
    @Default("0.001") double rate,
    @Default("0.9") double beta1,
    @Default("0.999") double beta2,
    @Default("1e-7") double epsilon,
    @Default("0") double decay)
    implements OptimizerSpec {
  /** Checks the ranges. */
  public Lamb {
    Ranges.common("lamb", List.of(rate, beta1, beta2, epsilon, decay), rate, decay, beta1, beta2);
  }

  @Override
  public Lamb adjusted(double changedRate, double changedDecay) {
    return new Lamb(changedRate, beta1, beta2, epsilon, changedDecay);
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
    return new Moments(parameters, state, rate, 0) {
      private final TensorList mean = list(means);
      private final TensorList square = list(squares);

      @Override
      void update(TensorList gradients, long step, double length) {
        mean.lerpInPlace(gradients, 1 - beta1);
        square(square, gradients, beta2);
        double correction = Math.sqrt(1 - Math.pow(beta2, step));
        try (TensorList root = root(square, 1 / correction, epsilon);
            TensorList change = mean.mul(1 / (1 - Math.pow(beta1, step))).divInPlace(root)) {
          if (decay != 0) {
            change.addInPlace(weights, decay);
          }
          scale(change, length);
        }
      }

      /** The ratios stay on the device. */
      private void scale(TensorList change, double length) {
        try (TensorList sizes = weights.norms();
            TensorList lengths = change.norms();
            Mode mode = Mode.noGradient()) {
          Tensor one = Tensors.scalar(1);
          for (int i = 0; i < parameters().size(); i++) {
            Tensor size = sizes.tensors().get(i);
            Tensor own = lengths.tensors().get(i);
            Tensor both = size.mul(own).gt(0);
            Tensor trust = both.where(size.div(own), one);
            parameters().get(i).addInPlace(change.tensors().get(i).mul(trust), -length);
          }
        }
      }
    };
  }
}

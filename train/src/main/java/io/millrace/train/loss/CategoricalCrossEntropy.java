package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.ground.spec.Default;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/**
 * −Σ target·log probability, for target distributions; softmax (or no activation) at the end.
 *
 * @param smoothing the share of certainty that is spread over all classes
 */
public record CategoricalCrossEntropy(@Default("0") double smoothing) implements Loss {
  private static final String NAME = "categorical-cross-entropy";

  /** Checks the share. */
  public CategoricalCrossEntropy {
    Checks.range(NAME, smoothing >= 0 && smoothing < 1, smoothing, "0 … < 1");
  }

  @Override
  public Tensor each(Tensor scores, Activation last, Tensor targets) {
    Tensor smooth =
        smoothing == 0 ? targets : targets.mul(1 - smoothing).add(smoothing / targets.size(-1));
    return Neural.logSoftmax(scores, -1).mul(smooth).sum(-1).neg();
  }

  @Override
  public void check(Shape output, Activation last, Targets targets) {
    Checks.outputs(NAME, output, Checks.numbers(NAME, targets).names().size());
    Checks.activation(NAME, last, Activation.SOFTMAX);
  }
}

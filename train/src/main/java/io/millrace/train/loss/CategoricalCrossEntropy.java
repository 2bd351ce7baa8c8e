package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/**
 * −Σ target·log probability, for targets that are distributions; softmax (or no activation) at the
 * end.
 */
public record CategoricalCrossEntropy() implements Loss {
  @Override
  public Tensor of(Tensor scores, Activation last, Tensor targets) {
    return Neural.crossEntropySoft(scores, targets);
  }

  @Override
  public void check(Shape output, Activation last, Targets targets) {
    String name = "categorical-cross-entropy";
    Checks.outputs(name, output, Checks.numbers(name, targets).names().size());
    Checks.activation(name, last, Activation.SOFTMAX);
  }
}

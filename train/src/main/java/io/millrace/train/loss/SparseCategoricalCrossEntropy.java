package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/**
 * −log of the probability of the true class, for class numbers; softmax (or no activation) at the
 * end.
 */
public record SparseCategoricalCrossEntropy() implements Loss {
  @Override
  public Tensor of(Tensor scores, Activation last, Tensor targets) {
    return Neural.crossEntropy(scores, targets);
  }

  @Override
  public void check(Shape output, Activation last, Targets targets) {
    String name = "sparse-categorical-cross-entropy";
    Checks.outputs(name, output, Checks.classes(name, targets).classes().size());
    Checks.activation(name, last, Activation.SOFTMAX);
  }
}

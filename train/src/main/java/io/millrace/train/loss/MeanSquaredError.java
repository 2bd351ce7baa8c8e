package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/** The mean squared difference between outputs and target numbers. */
public record MeanSquaredError() implements Loss {
  @Override
  public Tensor of(Tensor scores, Activation last, Tensor targets) {
    return Neural.meanSquaredError(last.apply(scores), targets);
  }

  @Override
  public void check(Shape output, Activation last, Targets targets) {
    String name = "mean-squared-error";
    Checks.outputs(name, output, Checks.numbers(name, targets).names().size());
  }
}

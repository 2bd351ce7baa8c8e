package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.DType;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;

/**
 * Cross entropy of one output against two classes, or of each output against 0 to 1; sigmoid at the
 * end.
 */
public record BinaryCrossEntropy() implements Loss {
  @Override
  public Tensor of(Tensor scores, Activation last, Tensor targets) {
    Tensor wanted =
        targets.rank() == 1 ? targets.to(DType.FLOAT32).reshape(targets.size(0), 1) : targets;
    return Neural.binaryCrossEntropy(scores, wanted);
  }

  @Override
  public void check(Shape output, Activation last, Targets targets) {
    String name = "binary-cross-entropy";
    switch (targets) {
      case Targets.Classes classes -> {
        if (classes.classes().size() != 2) {
          throw new TrainException("loss.binary", classes.classes().size());
        }
        Checks.outputs(name, output, 1);
      }
      case Targets.Numbers numbers -> Checks.outputs(name, output, numbers.names().size());
    }
    Checks.activation(name, last, Activation.SIGMOID);
  }
}

package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.ground.spec.Default;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.DType;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;

/**
 * Cross entropy of one output against two classes, or of each output against 0 to 1 (several labels
 * at once); sigmoid (or no activation) at the end.
 *
 * @param smoothing moves targets towards one half
 */
public record BinaryCrossEntropy(@Default("0") double smoothing) implements Loss {
  private static final String NAME = "binary-cross-entropy";

  /** Checks the share. */
  public BinaryCrossEntropy {
    Checks.range(NAME, smoothing >= 0 && smoothing < 1, smoothing, "0 … < 1");
  }

  /** Without smoothing. */
  public BinaryCrossEntropy() {
    this(0);
  }

  /** Classes 0 and 1 as numbers [batch, 1]; numbers as they are. */
  static Tensor numbers(Tensor targets) {
    return targets.rank() == 1 ? targets.to(DType.FLOAT32).reshape(targets.size(0), 1) : targets;
  }

  private Tensor smooth(Tensor targets) {
    Tensor numbers = numbers(targets);
    return smoothing == 0 ? numbers : numbers.mul(1 - smoothing).add(smoothing / 2);
  }

  @Override
  public Tensor of(Tensor scores, Activation last, Tensor targets) {
    return Neural.binaryCrossEntropy(scores, smooth(targets));
  }

  @Override
  public Tensor each(Tensor scores, Activation last, Tensor targets) {
    Tensor wanted = smooth(targets);
    // −t·log σ(s) − (1 − t)·log σ(−s)
    Tensor losses =
        wanted
            .mul(Neural.logSigmoid(scores))
            .add(wanted.neg().add(1).mul(Neural.logSigmoid(scores.neg())))
            .neg();
    return Checks.rows(losses);
  }

  @Override
  public void check(Shape output, Activation last, Targets targets) {
    binary(NAME, output, targets);
    Checks.activation(NAME, last, Activation.SIGMOID);
  }

  static void binary(String name, Shape output, Targets targets) {
    switch (targets) {
      case Targets.Classes classes -> {
        if (classes.classes().size() != 2) {
          throw new TrainException("loss.binary", name, classes.classes().size());
        }
        Checks.outputs(name, output, 1);
      }
      case Targets.Numbers numbers -> Checks.outputs(name, output, numbers.names().size());
      case Targets.Steps steps -> throw new TrainException("loss.numbers", name);
    }
  }
}

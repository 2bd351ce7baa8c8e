package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Key;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.DType;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;

/** Cross entropies in which rows that are already right count less (Lin et al. 2017). */
public sealed interface Focal extends Loss {
  /** How strongly rows that are right are played down; 0 for not at all. */
  double gamma();

  /**
   * Against two classes, or 0 and 1 for several labels; sigmoid at the end.
   *
   * @param gamma the exponent
   * @param alpha the weight of the second class, the first has 1 − alpha; 0 for none
   */
  @Key("binary-focal-cross-entropy")
  record Binary(@Default("2") double gamma, @Default("0") double alpha) implements Focal {
    private static final String NAME = "binary-focal-cross-entropy";

    /** Checks the ranges. */
    public Binary {
      Checks.range(NAME, gamma >= 0 && alpha >= 0 && alpha < 1, gamma + ", " + alpha, "≥ 0, < 1");
    }

    @Override
    public Tensor each(Tensor scores, Activation last, Tensor targets) {
      Tensor wanted = BinaryCrossEntropy.numbers(targets);
      Tensor other = wanted.neg().add(1);
      Tensor logs =
          wanted.mul(Neural.logSigmoid(scores)).add(other.mul(Neural.logSigmoid(scores.neg())));
      Tensor probability = scores.sigmoid();
      Tensor right = wanted.mul(probability).add(other.mul(probability.neg().add(1)));
      Tensor losses = right.neg().add(1).pow(gamma).mul(logs).neg();
      if (alpha > 0) {
        losses = losses.mul(wanted.mul(alpha).add(other.mul(1 - alpha)));
      }
      return Checks.rows(losses);
    }

    @Override
    public void check(Shape output, Activation last, Targets targets) {
      BinaryCrossEntropy.binary(NAME, output, targets);
      Checks.activation(NAME, last, Activation.SIGMOID);
    }
  }

  /**
   * Against classes; softmax at the end.
   *
   * @param gamma the exponent
   * @param alpha a factor for all classes, Keras's 0.25
   */
  @Key("categorical-focal-cross-entropy")
  record Categorical(@Default("2") double gamma, @Default("0.25") double alpha) implements Focal {
    private static final String NAME = "categorical-focal-cross-entropy";

    /** Checks the ranges. */
    public Categorical {
      Checks.range(NAME, gamma >= 0 && alpha > 0, gamma + ", " + alpha, "≥ 0, > 0");
    }

    @Override
    public Tensor each(Tensor scores, Activation last, Tensor targets) {
      Tensor logs = Neural.logSoftmax(scores, -1);
      Tensor wanted = targets.dtype().isFloating() ? targets : oneHot(targets, scores.size(-1));
      return logs.exp().neg().add(1).pow(gamma).mul(logs).mul(wanted).sum(-1).mul(-alpha);
    }

    /** [batch] classes → [batch, classes] of 0 and 1. */
    private static Tensor oneHot(Tensor targets, long classes) {
      return targets.unsqueeze(-1).eq(Tensors.range(classes)).to(DType.FLOAT32);
    }

    @Override
    public void check(Shape output, Activation last, Targets targets) {
      Checks.classes(NAME, output, targets);
      Checks.activation(NAME, last, Activation.SOFTMAX);
    }
  }
}

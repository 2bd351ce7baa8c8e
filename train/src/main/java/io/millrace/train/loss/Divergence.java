package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.ground.spec.Key;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/** Losses between distributions and for margins. */
public sealed interface Divergence extends Loss {
  /** Σ target·log(target / probability); softmax at the end, targets are distributions. */
  @Key("kullback-leibler")
  record KullbackLeibler() implements Divergence {
    private static final String NAME = "kullback-leibler";
    private static final double SMALL = 1e-7;

    @Override
    public Tensor each(Tensor scores, Activation last, Tensor targets) {
      Tensor wanted = targets.clamp(SMALL, 1);
      Tensor logs =
          last == Activation.SOFTMAX || last == Activation.LINEAR
              ? Neural.logSoftmax(scores, -1).clamp(Math.log(SMALL), 0)
              : last.apply(scores).clamp(SMALL, 1).log();
      return wanted.mul(wanted.log().sub(logs)).sum(-1);
    }

    @Override
    public void check(Shape output, Activation last, Targets targets) {
      Checks.outputs(NAME, output, Checks.numbers(NAME, targets).names().size());
    }
  }

  /** max(1 − target·output, 0); targets −1 and 1, where 0 counts as −1. */
  record Hinge() implements Divergence {
    @Override
    public Tensor each(Tensor scores, Activation last, Tensor targets) {
      return Checks.rows(margin(scores, last, targets));
    }

    @Override
    public void check(Shape output, Activation last, Targets targets) {
      BinaryCrossEntropy.binary("hinge", output, targets);
    }
  }

  /** The square of {@link Hinge}. */
  record SquaredHinge() implements Divergence {
    @Override
    public Tensor each(Tensor scores, Activation last, Tensor targets) {
      return Checks.rows(margin(scores, last, targets).square());
    }

    @Override
    public void check(Shape output, Activation last, Targets targets) {
      BinaryCrossEntropy.binary("squared-hinge", output, targets);
    }
  }

  private static Tensor margin(Tensor scores, Activation last, Tensor targets) {
    Tensor numbers = BinaryCrossEntropy.numbers(targets);
    Tensor signs = numbers.gt(0).to(io.millrace.tensor.DType.FLOAT32).mul(2).sub(1);
    return signs.mul(last.apply(scores)).neg().add(1).relu();
  }
}

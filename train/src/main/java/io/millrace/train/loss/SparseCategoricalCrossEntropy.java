package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.ground.spec.Default;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/**
 * −log of the probability of the true class, for class numbers, one a row or one a step; softmax
 * (or no activation) at the end. Steps whose class is {@link Targets#IGNORED} do not count.
 *
 * @param smoothing the share of certainty that is spread over all classes
 */
public record SparseCategoricalCrossEntropy(@Default("0") double smoothing) implements Loss {
  private static final String NAME = "sparse-categorical-cross-entropy";

  /** Checks the share. */
  public SparseCategoricalCrossEntropy {
    Checks.range(NAME, smoothing >= 0 && smoothing < 1, smoothing, "0 … < 1");
  }

  /** Without smoothing. */
  public SparseCategoricalCrossEntropy() {
    this(0);
  }

  @Override
  public Tensor of(Tensor scores, Activation last, Tensor targets) {
    if (targets.dtype().isFloating()) {
      return each(scores, last, targets).mean();
    }
    Tensor flat = scores.rank() == 2 ? scores : scores.flatten(0, scores.rank() - 2);
    Tensor labels = targets.rank() == 1 ? targets : targets.reshape(-1);
    if (smoothing == 0) {
      return Neural.crossEntropy(flat, labels);
    }
    return Neural.crossEntropies(flat, labels, smoothing).sum().div(count(flat, labels));
  }

  @Override
  public Tensor each(Tensor scores, Activation last, Tensor targets) {
    if (targets.dtype().isFloating()) {
      return new CategoricalCrossEntropy(smoothing).each(scores, last, targets);
    }
    Tensor flat = scores.rank() == 2 ? scores : scores.flatten(0, scores.rank() - 2);
    Tensor losses = Neural.crossEntropies(flat, targets.reshape(-1), smoothing);
    return targets.rank() == 1 ? losses : losses.reshape(targets.shape().sizes());
  }

  @Override
  public double count(Tensor each, Tensor targets) {
    return targets.dtype().isFloating()
        ? each.elements()
        : targets.elements() - targets.eq(Targets.IGNORED).sum().item();
  }

  @Override
  public void check(Shape output, Activation last, Targets targets) {
    Checks.classes(NAME, output, targets);
    Checks.activation(NAME, last, Activation.SOFTMAX);
  }
}

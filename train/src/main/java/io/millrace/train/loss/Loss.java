package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.ground.spec.Choice;
import io.millrace.ground.spec.OneOf;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/**
 * A differentiable measure of how wrong a network is. Implement it to bring one of your own: a
 * record with the settings; {@link #register} makes it known to specs.
 */
@OneOf({
  SparseCategoricalCrossEntropy.class,
  CategoricalCrossEntropy.class,
  BinaryCrossEntropy.class,
  Focal.Binary.class,
  Focal.Categorical.class,
  Regression.MeanSquaredError.class,
  Regression.MeanAbsoluteError.class,
  Regression.Huber.class,
  Regression.LogCosh.class,
  Regression.Poisson.class,
  Quantile.class,
  NegativeBinomial.class,
  Divergence.KullbackLeibler.class,
  Divergence.Hinge.class,
  Divergence.SquaredHinge.class,
  Similarity.Contrastive.class,
  Similarity.Triplet.class,
  Similarity.InfoNce.class,
  Ctc.class
})
public interface Loss {
  /**
   * The loss of each row, or of each step of each row.
   *
   * @param scores the network's output before its last activation
   * @param last that activation
   * @param targets as {@link io.millrace.data.Batch#targets} gives them
   * @return [batch] or [batch, steps]
   */
  Tensor each(Tensor scores, Activation last, Tensor targets);

  /** The mean loss of a batch, a scalar; steps whose target is ignored do not count. */
  default Tensor of(Tensor scores, Activation last, Tensor targets) {
    return each(scores, last, targets).mean();
  }

  /**
   * How many losses of {@link #each} count, the divisor of the mean.
   *
   * @param each what {@code each} gave
   */
  default double count(Tensor each, Tensor targets) {
    return each.elements();
  }

  /**
   * Checks before training that network and data fit this loss.
   *
   * @param output the shape of one output row
   * @throws io.millrace.train.TrainException if they do not; the message says what would
   */
  void check(Shape output, Activation last, Targets targets);

  /** Makes a loss of one's own known to specs, under its record's name in kebab-case. */
  static void register(Class<? extends Record> loss) {
    Choice.register(Loss.class, loss);
  }
}

package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.ground.spec.OneOf;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/** A differentiable measure of how wrong a network is, averaged over the batch. */
@OneOf({
  SparseCategoricalCrossEntropy.class,
  CategoricalCrossEntropy.class,
  BinaryCrossEntropy.class,
  MeanSquaredError.class
})
public interface Loss {
  /**
   * The mean loss of a batch, a scalar.
   *
   * @param scores the network's output before its last activation
   * @param last that activation
   * @param targets as {@link io.millrace.data.Batch#targets} gives them
   */
  Tensor of(Tensor scores, Activation last, Tensor targets);

  /**
   * Checks before training that network and data fit this loss.
   *
   * @param output the shape of one output row
   * @throws io.millrace.train.TrainException if they do not; the message says what would
   */
  void check(Shape output, Activation last, Targets targets);
}

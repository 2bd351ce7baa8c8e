package io.millrace.train.optimizer;

import io.millrace.tensor.Tensor;
import io.millrace.tensor.TensorList;
import java.util.Map;

/**
 * Optimizers on whole lists of weights: their means and squares of gradients, and what they do with
 * them. Gradients are forgotten after a step, so that decay may be added to them in place.
 */
abstract class Moments extends RunningOptimizer {
  final TensorList weights;
  private final double decay;

  Moments(Map<String, Tensor> parameters, State state, double rate, double decay) {
    super(parameters, state, rate);
    this.decay = decay;
    this.weights = list(parameters());
  }

  /** A step with these gradients. */
  abstract void update(TensorList gradients, long step, double length);

  @Override
  final void update(long step, double length) {
    try (TensorList gradients = TensorList.gradients(parameters())) {
      if (decay != 0) {
        gradients.addInPlace(weights, decay);
      }
      update(gradients, step, length);
    }
  }

  /** √square · factor + epsilon. */
  static TensorList root(TensorList square, double factor, double epsilon) {
    TensorList root = square.sqrt();
    if (factor != 1) {
      root.mulInPlace(factor);
    }
    return root.addInPlace(epsilon);
  }

  /** square = share·square + (1 − share)·gradient². */
  static void square(TensorList square, TensorList gradients, double share) {
    square.mulInPlace(share).addProductInPlace(gradients, gradients, 1 - share);
  }
}

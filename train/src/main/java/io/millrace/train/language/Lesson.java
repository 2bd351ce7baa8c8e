package io.millrace.train.language;

import java.util.Map;

/**
 * What a model is to learn: examples, the loss of some of them, and what is said of the model when
 * it is watched.
 */
public interface Lesson {
  /** How many examples. */
  int count();

  /** Tokens of an example; those of like length are computed together. */
  int length(int example);

  /** What distinguishes these examples from others, in words, for checkpoints. */
  String description();

  /** Over how many the loss of these examples is a mean: examples, or learned tokens. */
  double weight(int[] examples);

  /**
   * Forward and back.
   *
   * @param scale what the loss is multiplied with for the gradients, which are left at the weights
   * @param mixed whether products are in bfloat16
   * @return the summed loss
   */
  double learn(int[] examples, double scale, boolean mixed);

  /**
   * How good the model is on all examples.
   *
   * @param batch examples that are computed together
   * @return {@code loss} and whatever else is usual, by name
   */
  Map<String, Double> measure(int batch, boolean mixed);
}

package io.millrace.train.language;

import io.millrace.data.language.Prompt;

/** How good an answer is. */
@FunctionalInterface
public interface Reward {
  /**
   * A number, the larger the better. Only differences between answers to the same prompt matter.
   *
   * @param answer without the token that ends it
   */
  double of(Prompt prompt, String answer);
}

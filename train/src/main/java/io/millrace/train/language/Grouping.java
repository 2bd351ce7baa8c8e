package io.millrace.train.language;

import io.millrace.train.TrainException;
import java.util.Set;

/**
 * How answers are drawn and compared.
 *
 * @param answers to each prompt, at least 2
 * @param maxTokens at most so many tokens an answer
 * @param temperature divides scores before a token is drawn, above 0
 * @param beta how strongly the model is held to what it was, from 0; 0: not at all
 * @param ends tokens that end an answer
 */
public record Grouping(
    int answers, int maxTokens, double temperature, double beta, Set<Long> ends) {
  /** Checks the ranges. */
  public Grouping {
    if (answers < 2 || maxTokens < 1 || !(temperature > 0) || !(beta >= 0)) {
      throw new TrainException("grouping", answers, maxTokens, temperature, beta);
    }
    ends = Set.copyOf(ends);
  }
}

package io.millrace.model.generation;

import java.util.Set;

/** Says while a text is written what may come next; one for each text. */
public interface Guide {
  /**
   * Makes the scores of tokens that may not come negative infinity.
   *
   * @param ends tokens that end the text
   * @param left how many tokens may still be written, this one too
   */
  void narrow(float[] scores, Set<Long> ends, int left);

  /** Hears of the token that was chosen, which is no end. */
  void take(long id);

  /** Whether the text is whole and nothing may follow. */
  boolean isOver();
}

package io.millrace.model.generation;

import java.util.List;

/**
 * What was written for one prompt.
 *
 * @param ids without the prompt; an end token at the end is included
 * @param choices for each id how it was chosen; empty where nobody asked
 * @param finish why it ended
 */
public record Generated(long[] ids, List<Choice> choices, Finish finish) {
  /** Why a text ended. */
  public enum Finish {
    /** An end token came, or the listener had enough. */
    STOP,
    /** As many tokens as allowed were written. */
    LENGTH
  }
}

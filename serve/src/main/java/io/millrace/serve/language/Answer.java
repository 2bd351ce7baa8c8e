package io.millrace.serve.language;

import io.millrace.model.generation.Choice;
import io.millrace.model.generation.Generated;
import java.util.List;

/**
 * What a model wrote.
 *
 * @param text without special tokens, up to a stop string; empty where the folder has no tokenizer
 * @param ids of the answer, an end token included
 * @param choices how each token was chosen; empty unless tokens were drawn or alternatives asked
 *     for
 * @param finish why it ended
 * @param promptTokens how many tokens were read
 * @param firstSeconds until the first token
 * @param seconds in all
 */
public record Answer(
    String text,
    long[] ids,
    List<Choice> choices,
    Generated.Finish finish,
    int promptTokens,
    double firstSeconds,
    double seconds) {
  /** Tokens written in a second after the first one, or over all where there is but one. */
  public double tokensPerSecond() {
    return ids.length > 1
        ? (ids.length - 1) / Math.max(1e-9, seconds - firstSeconds)
        : ids.length / Math.max(1e-9, seconds);
  }
}

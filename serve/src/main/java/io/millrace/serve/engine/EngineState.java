package io.millrace.serve.engine;

import java.util.Map;

/**
 * What an engine is doing and has done, as vLLM counts it.
 *
 * @param running requests that read or write
 * @param waiting requests in the queue
 * @param cacheUse the share of blocks that texts hold, 0 to 1
 * @param promptTokens read, those taken from the prefix cache included
 * @param sharedTokens of prompts that were not computed again
 * @param writtenTokens written
 * @param guessedTokens tried because the text had gone on like that before
 * @param rightGuesses those among them that were what the model writes
 * @param finished copies by reason
 * @param firstToken seconds from a request's arrival to its first token
 * @param betweenTokens seconds from each token to the next
 * @param lastStep {@link System#nanoTime} of the end of the last step, or when there was nothing to
 *     do
 */
public record EngineState(
    int running,
    int waiting,
    double cacheUse,
    long promptTokens,
    long sharedTokens,
    long writtenTokens,
    long guessedTokens,
    long rightGuesses,
    Map<Listener.Finish, Long> finished,
    Histogram.Snapshot firstToken,
    Histogram.Snapshot betweenTokens,
    long lastStep) {
  /** Of something that reads and does not write. */
  public static EngineState reading(int running, int waiting, long tokens, long lastStep) {
    Histogram.Snapshot none = new Histogram().snapshot();
    return new EngineState(running, waiting, 0, tokens, 0, 0, 0, 0, Map.of(), none, none, lastStep);
  }
}

package io.millrace.serve.engine;

import io.millrace.model.generation.Sampling;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is to be written.
 *
 * @param prompt token ids, at least one
 * @param sampling with {@code beams} 1; of several copies each next one has a seed larger by 1
 * @param copies how many answers to the one prompt, at least 1
 * @param owner whose request it is: owners take turns
 * @param priority larger ones go first
 * @param deadline when nobody wants it any more; absent: never
 */
public record Order(
    long[] prompt,
    Sampling sampling,
    int copies,
    String owner,
    int priority,
    @Nullable Instant deadline) {
  /** One answer, for nobody in particular. */
  public static Order of(long[] prompt, Sampling sampling) {
    return new Order(prompt, sampling, 1, "", 0, null);
  }

  Sampling sampling(int copy) {
    return copy == 0 ? sampling : sampling.change().seed(sampling.seed() + copy).build();
  }
}

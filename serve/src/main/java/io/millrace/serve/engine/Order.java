package io.millrace.serve.engine;

import io.millrace.model.generation.Guide;
import io.millrace.model.generation.Sampling;
import io.millrace.model.transformer.Changes;
import io.millrace.serve.ServeException;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is to be written.
 *
 * @param prompt token ids, at least one
 * @param sampling with {@code beams} 1; of several copies each next one has a seed larger by 1
 * @param copies how many answers to the one prompt, at least 1
 * @param owner whose request it is: owners take turns
 * @param priority larger ones go first
 * @param patience after how long nobody wants it any more; absent: never
 * @param guide makes for each copy what says which tokens may come; absent: all may
 * @param adapter what changes the model for this request alone; absent: nothing
 */
public record Order(
    long[] prompt,
    Sampling sampling,
    int copies,
    String owner,
    int priority,
    @Nullable Duration patience,
    @Nullable Supplier<? extends Guide> guide,
    @Nullable Changes adapter) {
  /** One answer, for nobody in particular. */
  public static Order of(long[] prompt, Sampling sampling) {
    return new Order(prompt, sampling, 1, "", 0, null, null, null);
  }

  /** The same with an adapter. */
  public Order with(@Nullable Changes other) {
    return new Order(prompt, sampling, copies, owner, priority, patience, guide, other);
  }

  /** Refuses what no engine can write. */
  void check(int vocabulary) {
    if (prompt.length == 0) {
      throw ServeException.wrong("engine.empty");
    }
    if (sampling.beams() > 1) {
      throw ServeException.wrong("engine.beams", sampling.beams());
    }
    for (long id : prompt) {
      if (id < 0 || id >= vocabulary) {
        throw ServeException.wrong("engine.token", id, vocabulary);
      }
    }
  }

  Sampling sampling(int copy) {
    return copy == 0 ? sampling : sampling.change().seed(sampling.seed() + copy).build();
  }
}

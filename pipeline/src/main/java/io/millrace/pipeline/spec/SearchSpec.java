package io.millrace.pipeline.spec;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.OneOf;
import io.millrace.pipeline.PipelineException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A search for good settings. Each trial trains with other values and is judged on validation rows;
 * the test rows are not touched. Finished trials are kept, so that an interrupted search goes on.
 *
 * @param over keys of the spec, as {@code --set} takes them, and the values to try
 * @param method which combinations are tried
 * @param metric what is compared, its best over all epochs
 * @param parallel trials at the same time, each in a process of its own
 */
public record SearchSpec(
    Map<String, Values> over,
    @Default("grid") Method method,
    @Default("val_loss") String metric,
    @Default("1") int parallel) {
  /** Checks that there is something to try. */
  public SearchSpec {
    over = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(over));
    if (over.isEmpty() || parallel < 1 || parallel > 64) {
      throw new PipelineException("search.range", over.keySet(), parallel);
    }
  }

  /**
   * Values of one key.
   *
   * @param of a list of them
   * @param from the smallest of a range, instead of a list
   * @param to the largest of a range
   * @param log whether the range is even in its logarithm
   * @param whole whether values are rounded
   */
  public record Values(
      @Default("[]") List<String> of,
      @Nullable Double from,
      @Nullable Double to,
      @Default("false") boolean log,
      @Default("false") boolean whole) {
    /** Checks that it is a list or a range. */
    public Values {
      of = List.copyOf(of);
      boolean range = from != null && to != null && from < to && (!log || from > 0);
      if (of.isEmpty() != range) {
        throw new PipelineException("search.values", of, String.valueOf(from), String.valueOf(to));
      }
    }
  }

  /** Which combinations are tried. */
  @OneOf({Method.Grid.class, Method.Random.class, Method.Halving.class})
  public sealed interface Method {
    /** All combinations of lists. */
    record Grid() implements Method {}

    /**
     * Combinations drawn at random.
     *
     * @param trials how many
     * @param seed of the draws
     */
    record Random(@Default("20") int trials, @Default("1") long seed) implements Method {
      /** Checks the number. */
      public Random {
        count(trials);
      }
    }

    /**
     * Successive halving (Jamieson & Talwalkar 2016): many short trials, the best part again and
     * longer, and so on, up to the epochs of the spec.
     *
     * @param trials how many at first
     * @param factor which part goes on, and by how much longer
     * @param epochs of the first round
     * @param seed of the draws
     */
    record Halving(
        @Default("27") int trials,
        @Default("3") int factor,
        @Default("1") int epochs,
        @Default("1") long seed)
        implements Method {
      /** Checks the numbers. */
      public Halving {
        count(trials);
        if (factor < 2 || epochs < 1) {
          throw new PipelineException("search.range", factor, epochs);
        }
      }
    }

    private static void count(int trials) {
      if (trials < 1 || trials > 100_000) {
        throw new PipelineException("search.range", trials, 1);
      }
    }
  }
}

package io.millrace.model.generation;

import io.millrace.model.ModelException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How tokens are chosen. Begin with {@link #greedy} and {@link #change} it.
 *
 * @param maxTokens how many tokens are written at most
 * @param minTokens how many before an end is allowed
 * @param temperature scores are divided by it; 0: always the best token
 * @param topK only so many best tokens; 0: all
 * @param topP only the best tokens that together reach this probability; 1: all
 * @param minP only tokens at least so likely as this share of the best one's probability; 0: all
 * @param typical only tokens whose surprise is close to the expected one, together of this
 *     probability (Meister et al. 2023); 1: all
 * @param repetition scores of tokens that occur are divided by it where positive, multiplied where
 *     negative (Keskar et al. 2019); 1: none
 * @param presence subtracted from scores of tokens that were written
 * @param frequency subtracted for each time a token was written
 * @param noRepeat no series of so many tokens is written twice, the prompt's included; 0: no bound
 * @param seed of the draws; the same seed, prompt and settings give the same tokens, alone or in a
 *     batch
 * @param ends tokens that end the text
 * @param suppressed tokens that are never written
 * @param suppressedFirst tokens that are never written first
 * @param last what the last token that fits is, if nothing ended the text before; absent: any
 * @param beams beam search with so many beams; 1: none
 * @param lengthPenalty beams' scores are divided by length to this power
 * @param alternatives how many of the best tokens are told with their log-probabilities
 */
public record Sampling(
    int maxTokens,
    int minTokens,
    double temperature,
    int topK,
    double topP,
    double minP,
    double typical,
    double repetition,
    double presence,
    double frequency,
    int noRepeat,
    long seed,
    Set<Long> ends,
    Set<Long> suppressed,
    Set<Long> suppressedFirst,
    @Nullable Long last,
    int beams,
    double lengthPenalty,
    int alternatives) {
  private static final int MOST_BEAMS = 64;

  /** Checks the ranges. */
  public Sampling {
    range("maxTokens", maxTokens, maxTokens >= 1, "at least 1");
    range("minTokens", minTokens, minTokens >= 0, "at least 0");
    range("temperature", temperature, temperature >= 0 && temperature <= 100, "0 to 100");
    range("topK", topK, topK >= 0, "at least 0");
    range("topP", topP, topP > 0 && topP <= 1, "above 0 to 1");
    range("minP", minP, minP >= 0 && minP <= 1, "0 to 1");
    range("typical", typical, typical > 0 && typical <= 1, "above 0 to 1");
    range("repetition", repetition, repetition > 0 && repetition <= 100, "above 0 to 100");
    range("presence", presence, Math.abs(presence) <= 100, "-100 to 100");
    range("frequency", frequency, Math.abs(frequency) <= 100, "-100 to 100");
    range("noRepeat", noRepeat, noRepeat >= 0, "at least 0");
    range("beams", beams, beams >= 1 && beams <= MOST_BEAMS, "1 to " + MOST_BEAMS);
    range("alternatives", alternatives, alternatives >= 0 && alternatives <= 100, "0 to 100");
    ends = Set.copyOf(ends);
    suppressed = Set.copyOf(suppressed);
    suppressedFirst = Set.copyOf(suppressedFirst);
  }

  private static void range(String name, Number value, boolean holds, String expected) {
    if (!holds) {
      throw new ModelException("sampling.range", name, value, expected);
    }
  }

  /** Always the best token, at most so many. */
  public static Sampling greedy(int maxTokens) {
    return new Builder(maxTokens).build();
  }

  /** The same settings, to change some. */
  public Builder change() {
    Builder builder = new Builder(maxTokens);
    builder.minTokens = minTokens;
    builder.temperature = temperature;
    builder.topK = topK;
    builder.topP = topP;
    builder.minP = minP;
    builder.typical = typical;
    builder.repetition = repetition;
    builder.presence = presence;
    builder.frequency = frequency;
    builder.noRepeat = noRepeat;
    builder.seed = seed;
    builder.ends = ends;
    builder.suppressed = suppressed;
    builder.suppressedFirst = suppressedFirst;
    builder.last = last;
    builder.beams = beams;
    builder.lengthPenalty = lengthPenalty;
    builder.alternatives = alternatives;
    return builder;
  }

  /** Settings under way; what is not said stays as it was. */
  public static final class Builder {
    private int maxTokens;
    private int minTokens;
    private double temperature;
    private int topK;
    private double topP = 1;
    private double minP;
    private double typical = 1;
    private double repetition = 1;
    private double presence;
    private double frequency;
    private int noRepeat;
    private long seed;
    private Set<Long> ends = Set.of();
    private Set<Long> suppressed = Set.of();
    private Set<Long> suppressedFirst = Set.of();
    private @Nullable Long last;
    private int beams = 1;
    private double lengthPenalty = 1;
    private int alternatives;

    private Builder(int maxTokens) {
      this.maxTokens = maxTokens;
    }

    /** How many tokens are written at most. */
    public Builder maxTokens(int value) {
      maxTokens = value;
      return this;
    }

    /** How many tokens come before an end is allowed. */
    public Builder minTokens(int value) {
      minTokens = value;
      return this;
    }

    /** Draws at this temperature; 0: always the best token. */
    public Builder temperature(double value) {
      temperature = value;
      return this;
    }

    /** Only so many best tokens; 0: all. */
    public Builder topK(int value) {
      topK = value;
      return this;
    }

    /** Only the best tokens that together reach this probability; 1: all. */
    public Builder topP(double value) {
      topP = value;
      return this;
    }

    /** Only tokens at least so likely as this share of the best one's probability; 0: all. */
    public Builder minP(double value) {
      minP = value;
      return this;
    }

    /** Only typical tokens, together of this probability; 1: all. */
    public Builder typical(double value) {
      typical = value;
      return this;
    }

    /** The penalty for tokens that occur, in the prompt too; 1: none. */
    public Builder repetition(double value) {
      repetition = value;
      return this;
    }

    /** Subtracted from scores of tokens that were written. */
    public Builder presence(double value) {
      presence = value;
      return this;
    }

    /** Subtracted for each time a token was written. */
    public Builder frequency(double value) {
      frequency = value;
      return this;
    }

    /** No series of so many tokens is written twice; 0: no bound. */
    public Builder noRepeat(int value) {
      noRepeat = value;
      return this;
    }

    /** Of the draws. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** Tokens that end the text. */
    public Builder ends(Set<Long> value) {
      ends = value;
      return this;
    }

    /** Tokens that are never written. */
    public Builder suppressed(Set<Long> value) {
      suppressed = value;
      return this;
    }

    /** Tokens that are never written first. */
    public Builder suppressedFirst(Set<Long> value) {
      suppressedFirst = value;
      return this;
    }

    /** What the last token that fits is; absent: any. */
    public Builder last(@Nullable Long value) {
      last = value;
      return this;
    }

    /** Beam search with so many beams; 1: none. */
    public Builder beams(int value) {
      beams = value;
      return this;
    }

    /** Beams' scores are divided by length to this power. */
    public Builder lengthPenalty(double value) {
      lengthPenalty = value;
      return this;
    }

    /** How many of the best tokens are told with their log-probabilities. */
    public Builder alternatives(int value) {
      alternatives = value;
      return this;
    }

    /** The settings, checked. */
    public Sampling build() {
      return new Sampling(
          maxTokens,
          minTokens,
          temperature,
          topK,
          topP,
          minP,
          typical,
          repetition,
          presence,
          frequency,
          noRepeat,
          seed,
          ends,
          suppressed,
          suppressedFirst,
          last,
          beams,
          lengthPenalty,
          alternatives);
    }
  }

  /** Whether the best token of the plain scores is always taken. */
  boolean isPlain() {
    return temperature == 0 && !changesScores() && alternatives == 0;
  }

  /** Whether scores depend on what was written or is forbidden. */
  boolean changesScores() {
    return repetition != 1
        || presence != 0
        || frequency != 0
        || noRepeat > 0
        || !suppressed.isEmpty()
        || !suppressedFirst.isEmpty()
        || last != null
        || minTokens > 0;
  }
}

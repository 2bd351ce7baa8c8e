package io.millrace.model.transformer;

import io.millrace.model.layer.Activation;
import org.jspecify.annotations.Nullable;

/**
 * One block: attention, perhaps attention to an encoder, then a feed-forward network, each with
 * normalization and a way around it.
 *
 * @param hidden the numbers for a token between blocks
 * @param cross how a decoder looks at its encoder; absent: it does not
 * @param dropout the share of each part's output that is dropped while training
 */
public record BlockSpec(
    int hidden,
    Norm norm,
    Placement placement,
    Attention attention,
    @Nullable Attention cross,
    FeedForward feedForward,
    double dropout) {
  /** Where the normalization stands. */
  public enum Placement {
    /** Before each part: x + part(norm(x)). */
    PRE,
    /** After each sum: norm(x + part(x)). */
    POST,
    /** Before and after each part: x + norm(part(norm(x))). */
    SANDWICH
  }

  /**
   * Attention in heads.
   *
   * @param heads query heads
   * @param groups heads of keys and values, a divisor of {@code heads}
   * @param size numbers of a head
   * @param inputBias whether queries, keys and values have biases
   * @param outputBias whether the output has one
   * @param perHead normalization of each query's and key's head; absent: none
   * @param causal whether a token looks at itself and earlier ones only
   * @param window how many tokens back from and with itself a token looks; absent: all
   * @param cap soft cap on scores; absent: none
   * @param scale what scores are multiplied with
   * @param rope rotary positions; absent: none
   * @param dropout the share of looks dropped while training
   */
  public record Attention(
      int heads,
      int groups,
      int size,
      boolean inputBias,
      boolean outputBias,
      @Nullable Norm perHead,
      boolean causal,
      @Nullable Integer window,
      @Nullable Double cap,
      double scale,
      @Nullable Rope rope,
      double dropout) {
    /** As many groups as heads, scores over √size, biases everywhere: the original. */
    public static Attention plain(int heads, int hidden, boolean causal, double dropout) {
      int size = hidden / heads;
      return new Attention(
          heads,
          heads,
          size,
          true,
          true,
          null,
          causal,
          null,
          null,
          1 / Math.sqrt(size),
          null,
          dropout);
    }
  }

  /**
   * Two products with an activation between them.
   *
   * @param width numbers between the products
   * @param gated whether the activation is multiplied with a second product
   * @param dropout the share of the numbers between the products dropped while training
   */
  public record FeedForward(
      int width, boolean gated, Activation activation, boolean bias, double dropout) {}
}

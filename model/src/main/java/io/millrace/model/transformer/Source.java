package io.millrace.model.transformer;

import io.millrace.tensor.Tensor;

/**
 * Where the parts of a model take their weights from, under names of our own: {@code
 * blocks.3.attention.qkv.weight}.
 *
 * @param origin a folder's files or fresh numbers
 * @param prefix what the names of this part begin with
 */
public record Source(Origin origin, String prefix) {
  /** Gives out weights by full name. */
  public interface Origin {
    /**
     * A weight that lives as long as the model.
     *
     * @param parts the rows of the pieces that other programs keep apart (query, key, value); their
     *     sum is the first size
     */
    Tensor take(String name, long[] parts, long... sizes);

    /** Whether there is such a weight, for parts that a model may leave out. */
    boolean has(String name);

    /** A vector that, where weights are fresh, begins with this number. */
    default Tensor around(String name, double start, long size) {
      return take(name, new long[] {size}, size);
    }

    /**
     * Hears of a product that was made of the weights of this name, {@code blocks.3.attention.qkv.}
     */
    default void made(String name, Projection projection) {}
  }

  /** The weights of a whole model. */
  public Source(Origin origin) {
    this(origin, "");
  }

  /** The weights of a part of this part. */
  public Source inside(String name) {
    return new Source(origin, prefix + name + ".");
  }

  /** A weight of this shape. */
  public Tensor take(String name, long... sizes) {
    return origin.take(prefix + name, new long[] {sizes[0]}, sizes);
  }

  /** A vector whose fresh numbers are all {@code start}. */
  public Tensor around(String name, double start, long size) {
    return origin.around(prefix + name, start, size);
  }

  /** A single number. */
  public Tensor scalar(String name) {
    return origin.take(prefix + name, new long[0]);
  }

  /** A matrix whose rows are several pieces one below the other. */
  public Tensor joined(String name, long[] parts, long columns) {
    return origin.take(prefix + name, parts, sum(parts), columns);
  }

  /** A vector of several pieces one after another. */
  public Tensor joined(String name, long[] parts) {
    return origin.take(prefix + name, parts, sum(parts));
  }

  /** Tells where a product's weights come from. */
  void made(Projection projection) {
    origin.made(prefix, projection);
  }

  /** Whether there is such a weight. */
  public boolean has(String name) {
    return origin.has(prefix + name);
  }

  private static long sum(long[] parts) {
    long sum = 0;
    for (long part : parts) {
      sum += part;
    }
    return sum;
  }
}

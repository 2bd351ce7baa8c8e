package io.millrace.model.transformer;

import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A gated block with root-mean-square norms, for steps that write a token of each text with
 * matrices in few bits: products and attention are libtorch's, all between them is computed row by
 * row ({@link Rows}).
 */
final class NarrowBlock {
  private final BlockSpec.Attention attention;
  private final BlockSpec.FeedForward feed;
  private final Rows.Norm norm;
  private final Rows.Norm feedNorm;
  private final Rows.@Nullable Norm queryNorm;
  private final Rows.@Nullable Norm keyNorm;
  private final Rows.Product input;
  private final Rows.Product output;
  private final Rows.Product up;
  private final Rows.Product down;

  NarrowBlock(
      BlockSpec spec,
      Attending attending,
      Projection up,
      Projection down,
      Norm.Layer norm,
      Norm.Layer feedNorm) {
    this.attention = spec.attention();
    this.feed = spec.feedForward();
    this.norm = Rows.Norm.of(norm);
    this.feedNorm = Rows.Norm.of(feedNorm);
    Norm.Layer query = attending.queryNorm();
    Norm.Layer key = attending.keyNorm();
    this.queryNorm = query == null ? null : Rows.Norm.of(query);
    this.keyNorm = key == null ? null : Rows.Norm.of(key);
    this.input = Rows.Product.of(attending.projections().getFirst());
    this.output = Rows.Product.of(attending.projections().getLast());
    this.up = Rows.Product.of(up);
    this.down = Rows.Product.of(down);
  }

  /** Whether the model still has these matrices, and no change on them. */
  boolean isCurrent() {
    return Stream.of(input, output, up, down)
        .allMatch(one -> one.projection().narrowed() == one.weight());
  }

  /**
   * Adds this block's change to the states.
   *
   * @param x [rows · hidden], changed
   */
  void forward(
      float[] x, int rows, Rows.@Nullable Waves waves, PagedPass texts, PagedCache.Layer layer) {
    try (Scope scope = Scope.open()) {
      attend(x, rows, waves, texts, layer);
      feed(x, rows, texts);
    }
  }

  /**
   * Rows on their way into a product.
   *
   * @param room divided by each row's largest number
   * @param most those numbers
   * @param plain as they were, where a text's adapter wants to see them; absent: none does
   */
  private record Given(float[] room, float[] most, @Nullable Tensor plain) {
    static Given of(Rows.Product product, float[] room, int rows, PagedPass texts) {
      int in = product.in();
      Tensor plain =
          texts.changes(product.projection())
              ? Tensors.of(Arrays.copyOf(room, rows * in), rows, in)
              : null;
      float[] most = new float[rows];
      for (int row = 0; row < rows; row++) {
        most[row] = Rows.shrink(room, row * in, in);
      }
      return new Given(room, most, plain);
    }
  }

  private static Given normed(
      Rows.Norm norm, Rows.Product product, float[] x, int rows, PagedPass texts) {
    float[] room = product.weight().room(rows);
    for (int row = 0; row < rows; row++) {
      norm.apply(x, row * product.in(), room, row * product.in());
    }
    return Given.of(product, room, rows, texts);
  }

  /** What a product gives, with its bias and what adapters change: at least [rows · out]. */
  private static float[] product(Rows.Product product, Given given, int rows, PagedPass texts) {
    float[] y = product.weight().multiply(given.room).toFloats();
    for (int row = 0; row < rows; row++) {
      Rows.stretch(y, row * product.out(), product.out(), given.most[row], product.bias());
    }
    if (given.plain == null) {
      return y;
    }
    Tensor before = Tensors.of(Arrays.copyOf(y, rows * product.out()), rows, product.out());
    return texts.changed(product.projection(), given.plain, before).toFloats();
  }

  private void attend(
      float[] x, int rows, Rows.@Nullable Waves waves, PagedPass texts, PagedCache.Layer layer) {
    int size = attention.size();
    int wide = attention.heads() * size;
    int narrow = attention.groups() * size;
    float[] looked = product(input, normed(norm, input, x, rows, texts), rows, texts);
    float[] queries = new float[rows * wide];
    float[] keys = new float[rows * narrow];
    float[] values = new float[rows * narrow];
    for (int row = 0; row < rows; row++) {
      int at = row * input.out();
      normed(queryNorm, looked, at, attention.heads());
      normed(keyNorm, looked, at + wide, attention.groups());
      if (waves != null) {
        // Queries and keys stand one behind the other.
        Rows.turn(looked, at, attention.heads() + attention.groups(), size, waves, row);
      }
      System.arraycopy(looked, at, queries, row * wide, wide);
      System.arraycopy(looked, at + wide, keys, row * narrow, narrow);
      System.arraycopy(looked, at + wide + narrow, values, row * narrow, narrow);
    }
    DType kept = layer.keys().dtype();
    texts.write(layer.keys(), shaped(keys, rows, attention.groups(), kept));
    texts.write(layer.values(), shaped(values, rows, attention.groups(), kept));
    float scale = (float) attention.scale();
    for (int i = 0; i < queries.length; i++) {
      queries[i] *= scale;
    }
    int each = attention.heads() / attention.groups();
    Tensor query = Tensors.of(queries, (long) rows * attention.groups(), each, size);
    add(x, rows, output, texts.look(query, layer, attention).toFloats(), texts);
  }

  private void normed(Rows.@Nullable Norm each, float[] values, int at, int heads) {
    if (each != null) {
      for (int head = 0; head < heads; head++) {
        int from = at + head * attention.size();
        each.apply(values, from, values, from);
      }
    }
  }

  private Tensor shaped(float[] values, int rows, int heads, DType kept) {
    return Tensors.of(values, 1, rows, heads, attention.size()).to(kept);
  }

  private void feed(float[] x, int rows, PagedPass texts) {
    Given given = normed(feedNorm, up, x, rows, texts);
    Tensor wide = up.weight().multiply(given.room).narrow(0, 0, rows);
    wide = wide.mul(Tensors.of(given.most, rows, 1));
    if (up.bias() != null) {
      wide = wide.add(Tensors.of(up.bias(), up.out()));
    }
    if (given.plain != null) {
      wide = texts.changed(up.projection(), given.plain, wide);
    }
    List<Tensor> pieces = Tensors.split(wide, 1, feed.width(), feed.width());
    Tensor between = feed.activation().apply(pieces.getFirst()).mul(pieces.getLast());
    add(x, rows, down, between.toFloats(), texts);
  }

  /** Adds the product of some rows to the states. */
  private static void add(
      float[] x, int rows, Rows.Product product, float[] given, PagedPass texts) {
    float[] room = product.weight().room(rows);
    System.arraycopy(given, 0, room, 0, rows * product.in());
    float[] change = product(product, Given.of(product, room, rows, texts), rows, texts);
    for (int i = 0; i < rows * product.out(); i++) {
      x[i] += change[i];
    }
  }
}

package io.millrace.model.transformer;

import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.List;
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
  private final List<Projection> projections;

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
    this.projections =
        List.of(attending.projections().getFirst(), attending.projections().getLast(), up, down);
  }

  /** Whether the model still has these matrices, and no change on them. */
  boolean isCurrent() {
    List<Rows.Product> mine = List.of(input, output, up, down);
    for (int i = 0; i < mine.size(); i++) {
      if (projections.get(i).narrowed() != mine.get(i).weight()) {
        return false;
      }
    }
    return true;
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
      feed(x, rows);
    }
  }

  /** What a product gives for the states as a norm has them. */
  private static Tensor product(
      Rows.Norm norm, Rows.Product product, float[] x, int rows, float[] most) {
    float[] room = product.weight().room(rows);
    for (int row = 0; row < rows; row++) {
      norm.apply(x, row * product.in(), room, row * product.in());
      most[row] = Rows.shrink(room, row * product.in(), product.in());
    }
    return product.weight().multiply(room);
  }

  private void attend(
      float[] x, int rows, Rows.@Nullable Waves waves, PagedPass texts, PagedCache.Layer layer) {
    int size = attention.size();
    int wide = attention.heads() * size;
    int narrow = attention.groups() * size;
    float[] most = new float[rows];
    float[] looked = product(norm, input, x, rows, most).toFloats();
    float[] queries = new float[rows * wide];
    float[] keys = new float[rows * narrow];
    float[] values = new float[rows * narrow];
    for (int row = 0; row < rows; row++) {
      int at = row * input.out();
      Rows.stretch(looked, at, input.out(), most[row], input.bias());
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
    add(x, rows, output, texts.look(query, layer, attention).toFloats());
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

  private void feed(float[] x, int rows) {
    float[] most = new float[rows];
    Tensor wide = product(feedNorm, up, x, rows, most).narrow(0, 0, rows);
    wide = wide.mul(Tensors.of(most, rows, 1));
    if (up.bias() != null) {
      wide = wide.add(Tensors.of(up.bias(), up.out()));
    }
    List<Tensor> pieces = Tensors.split(wide, 1, feed.width(), feed.width());
    Tensor between = feed.activation().apply(pieces.getFirst()).mul(pieces.getLast());
    add(x, rows, down, between.toFloats());
  }

  /** Adds the product of some rows to the states. */
  private static void add(float[] x, int rows, Rows.Product product, float[] given) {
    float[] room = product.weight().room(rows);
    float[] most = new float[rows];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(given, row * product.in(), room, row * product.in(), product.in());
      most[row] = Rows.shrink(room, row * product.in(), product.in());
    }
    float[] change = product.weight().multiply(room).toFloats();
    for (int row = 0; row < rows; row++) {
      int at = row * product.out();
      Rows.stretch(change, at, product.out(), most[row], product.bias());
      for (int i = at; i < at + product.out(); i++) {
        x[i] += change[i];
      }
    }
  }
}

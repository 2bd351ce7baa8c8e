package io.millrace.model.transformer;

import io.millrace.tensor.Helpers;
import io.millrace.tensor.RowGate;
import io.millrace.tensor.RowKernels;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A gated block with root-mean-square norms, for steps that write a token of each text with
 * matrices in few bits: products are libtorch's, all between them is computed row by row ({@link
 * Rows}, {@link RowKernels}).
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
   * Room that the blocks of a step use one after another.
   *
   * @param given what goes into a product
   * @param made what comes out of it
   */
  record Room(float[] given, float[] made, float[] queries) {
    static Room of(List<NarrowBlock> blocks, int rows) {
      int in = 0;
      int out = 0;
      int wide = 0;
      for (NarrowBlock block : blocks) {
        for (Rows.Product one : List.of(block.input, block.output, block.up, block.down)) {
          in = Math.max(in, one.in());
          out = Math.max(out, one.out());
        }
        wide = Math.max(wide, block.output.in());
      }
      return new Room(new float[rows * in], new float[rows * out], new float[rows * wide]);
    }
  }

  /**
   * Adds this block's change to the states.
   *
   * @param x [rows · hidden], changed
   */
  void forward(
      float[] x,
      int rows,
      Rows.@Nullable Waves waves,
      PagedPass texts,
      PagedCache.Layer layer,
      Room room) {
    try (Scope scope = Scope.open()) {
      attend(x, rows, waves, texts, layer, room);
      feed(x, rows, texts, room);
    }
  }

  /** The product of the rows that are given, with its bias and what adapters change. */
  private static void product(Rows.Product product, int rows, PagedPass texts, Room room) {
    int out = product.out();
    float[] y = room.made;
    Tensor plain =
        texts.changes(product.projection())
            ? Tensors.of(Arrays.copyOf(room.given, rows * product.in()), rows, product.in())
            : null;
    product.weight().multiply(room.given, rows, y);
    float[] bias = product.bias();
    for (int row = 0; bias != null && row < rows; row++) {
      for (int i = 0; i < out; i++) {
        y[row * out + i] += bias[i];
      }
    }
    if (plain != null) {
      Tensor before = Tensors.of(Arrays.copyOf(y, rows * out), rows, out);
      float[] changed = texts.changed(product.projection(), plain, before).toFloats();
      System.arraycopy(changed, 0, y, 0, changed.length);
    }
  }

  private void attend(
      float[] x,
      int rows,
      Rows.@Nullable Waves waves,
      PagedPass texts,
      PagedCache.Layer layer,
      Room room) {
    int size = attention.size();
    int wide = attention.heads() * size;
    int narrow = attention.groups() * size;
    int out = input.out();
    norm.apply(x, room.given, rows);
    product(input, rows, texts, room);
    float[] looked = room.made;
    float scale = (float) attention.scale();
    Helpers.each(
        rows,
        row -> {
          int at = row * out;
          normed(queryNorm, looked, at, attention.heads());
          normed(keyNorm, looked, at + wide, attention.groups());
          if (waves != null) {
            // Queries and keys stand one behind the other.
            Rows.turn(looked, at, attention.heads() + attention.groups(), size, waves, row);
          }
          for (int i = 0; i < wide; i++) {
            room.queries[row * wide + i] = looked[at + i] * scale;
          }
        });
    texts.write(layer.keys(), looked, wide, out);
    texts.write(layer.values(), looked, wide + narrow, out);
    texts.look(room.queries, layer, attention, room.given);
    add(x, rows, output, texts, room);
  }

  private void normed(Rows.@Nullable Norm each, float[] values, int at, int heads) {
    if (each != null) {
      for (int head = 0; head < heads; head++) {
        int from = at + head * attention.size();
        each.apply(values, from, values, from);
      }
    }
  }

  private void feed(float[] x, int rows, PagedPass texts, Room room) {
    int width = feed.width();
    feedNorm.apply(x, room.given, rows);
    product(up, rows, texts, room);
    if (RowKernels.areHere() && feed.activation().isSilu()) {
      Helpers.each(
          rows, row -> RowGate.silu(room.made, row * up.out(), width, room.given, row * width));
    } else {
      Tensor both = Tensors.of(Arrays.copyOf(room.made, rows * up.out()), rows, up.out());
      List<Tensor> pieces = Tensors.split(both, 1, width, width);
      Tensor between = feed.activation().apply(pieces.getFirst()).mul(pieces.getLast());
      System.arraycopy(between.toFloats(), 0, room.given, 0, rows * width);
    }
    add(x, rows, down, texts, room);
  }

  /** Adds a product to the states. */
  private static void add(float[] x, int rows, Rows.Product product, PagedPass texts, Room room) {
    product(product, rows, texts, room);
    for (int i = 0; i < rows * product.out(); i++) {
      x[i] += room.made[i];
    }
  }
}

package io.millrace.model.transformer;

import io.millrace.model.layer.Layer;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A block with its weights. */
final class Block {
  /**
   * What a decoder's block looks at in the encoder.
   *
   * @param states [batch, time, size]
   */
  record Memory(Tensor states, Attending.Look look) {}

  private final BlockSpec spec;
  private final Attending attention;
  private final @Nullable Attending cross;
  private final Projection up;
  private final Projection down;
  private final Part around;
  private final @Nullable Part aroundCross;
  private final Part aroundFeed;

  Block(BlockSpec spec, int memory, Source source) {
    this.spec = spec;
    attention = new Attending(spec.attention(), spec.hidden(), 0, source.inside("attention"));
    around = new Part("attention", source);
    BlockSpec.Attention crossing = spec.cross();
    if (crossing == null) {
      cross = null;
      aroundCross = null;
    } else {
      cross = new Attending(crossing, spec.hidden(), memory, source.inside("cross"));
      aroundCross = new Part("cross", source);
    }
    BlockSpec.FeedForward feed = spec.feedForward();
    Source inside = source.inside("feed-forward");
    long width = feed.width();
    up =
        feed.gated()
            ? Projection.of(inside.inside("up"), feed.bias(), spec.hidden(), width, width)
            : Projection.of(inside.inside("up"), feed.bias(), spec.hidden(), width);
    down = Projection.of(inside.inside("down"), feed.bias(), width, spec.hidden());
    aroundFeed = new Part("feed-forward", source);
  }

  /**
   * The states after this block.
   *
   * @param from the first place that is wanted: those before are only looked at
   */
  Tensor forward(
      Tensor x,
      Rope.@Nullable Rotation rotation,
      Attending.Look look,
      @Nullable KeyValues cache,
      @Nullable Memory memory,
      long from,
      Layer.Pass pass) {
    Tensor y =
        around.apply(x, from, in -> attention.forward(in, rotation, look, cache, from, pass), pass);
    if (cross != null && aroundCross != null) {
      Memory seen = Objects.requireNonNull(memory);
      y =
          aroundCross.apply(
              y, 0, in -> cross.across(in, seen.states, seen.look, cache, pass), pass);
    }
    return aroundFeed.apply(y, 0, in -> feed(in, Projection::apply, pass), pass);
  }

  /** The states of tokens of several texts, x [1, rows, hidden]. */
  Tensor paged(
      Tensor x, Rope.@Nullable Rotation rotation, PagedPass texts, PagedCache.Layer layer) {
    Layer.Pass pass = Layer.Pass.INFERENCE;
    Tensor y = around.apply(x, 0, in -> attention.paged(in, rotation, texts, layer), pass);
    return aroundFeed.apply(y, 0, in -> feed(in, texts::product, pass), pass);
  }

  /** All products. */
  List<Projection> projections() {
    List<Projection> all = new ArrayList<>(attention.projections());
    all.add(up);
    all.add(down);
    return all;
  }

  /** The block for steps that write in few bits; null where it is of another kind. */
  @Nullable NarrowBlock narrow() {
    boolean fits =
        spec.placement() == BlockSpec.Placement.PRE
            && spec.norm().kind() == Norm.Kind.RMS
            && spec.feedForward().gated()
            && cross == null
            && spec.attention().cap() == null
            && projections().stream().allMatch(one -> one.narrowed() != null);
    return fits ? new NarrowBlock(spec, attention, up, down, around.norm, aroundFeed.norm) : null;
  }

  private interface Product {
    Tensor of(Projection projection, Tensor x);
  }

  private Tensor feed(Tensor x, Product product, Layer.Pass pass) {
    BlockSpec.FeedForward feed = spec.feedForward();
    Tensor wide = product.of(up, x);
    Tensor between;
    if (feed.gated()) {
      List<Tensor> pieces = Tensors.split(wide, -1, feed.width(), feed.width());
      between = feed.activation().apply(pieces.getFirst()).mul(pieces.getLast());
    } else {
      between = feed.activation().apply(wide);
    }
    return product.of(down, drop(between, feed.dropout(), pass));
  }

  private static Tensor drop(Tensor x, double share, Layer.Pass pass) {
    return share > 0 && pass.isTraining() ? Neural.dropout(x, share) : x;
  }

  /** The normalizations around a part and the way past it. */
  private final class Part {
    private final Norm.Layer norm;
    private final Norm.@Nullable Layer after;

    Part(String name, Source source) {
      norm = spec.norm().build(source.inside(name + "-norm"), spec.hidden());
      after =
          spec.placement() == BlockSpec.Placement.SANDWICH
              ? spec.norm().build(source.inside(name + "-norm-after"), spec.hidden())
              : null;
    }

    Tensor apply(Tensor x, long from, UnaryOperator<Tensor> part, Layer.Pass pass) {
      Tensor past = Attending.since(x, 1, from);
      if (spec.placement() == BlockSpec.Placement.POST) {
        return norm.apply(past.add(drop(part.apply(x), spec.dropout(), pass)));
      }
      Tensor y = part.apply(norm.apply(x));
      if (after != null) {
        y = after.apply(y);
      }
      return past.add(drop(y, spec.dropout(), pass));
    }
  }
}

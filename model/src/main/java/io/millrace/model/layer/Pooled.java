package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Numbered;
import io.millrace.model.ModelException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Pooling;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A window that moves over places and reduces each channel to one number. */
public sealed interface Pooled extends LayerSpec {
  /** The number of places. */
  int rank();

  /** The window's size. */
  List<Integer> size();

  /** How far the window moves; absent: by its size. */
  @Nullable List<Integer> strides();

  /** What happens at the edges. */
  Padding padding();

  private static Convolving window(Pooled pooled) {
    List<Integer> by = pooled.strides();
    return new Convolving(
        pooled.kind(),
        pooled.rank(),
        pooled.size(),
        by == null ? pooled.size() : by,
        List.of(1),
        pooled.padding());
  }

  private static void check(
      String name, int rank, List<Integer> size, @Nullable List<Integer> strides, Padding padding) {
    Places.each(name, "size", rank, size, 1);
    if (strides != null) {
      Places.each(name, "strides", rank, strides, 1);
    }
    if (padding == Padding.CAUSAL) {
      throw new ModelException("layer.causal", name);
    }
  }

  @Override
  default Shape output(Shape input) {
    return Places.shape(window(this).places(input), input.size(-1));
  }

  /**
   * The largest number of each window.
   *
   * @param rank the number of places
   * @param size the window's size
   * @param strides how far it moves; absent: by its size
   * @param padding what happens at the edges
   */
  @Numbered(value = "max-pooling#d", to = 3)
  record MaxPooling(
      int rank,
      @Default("2") List<Integer> size,
      @Nullable List<Integer> strides,
      @Default("valid") Padding padding)
      implements Pooled {
    /** Checks the numbers. */
    public MaxPooling {
      size = List.copyOf(size);
      strides = strides == null ? null : List.copyOf(strides);
      check("MaxPooling", rank, size, strides, padding);
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      Convolving window = Pooled.window(this);
      long[] sizes = Places.longs(window.kernel());
      long[] moves = Places.longs(window.strides());
      return (x, pass) -> {
        Tensor first =
            padding.apply(Places.channelsFirst(x), sizes, moves, Double.NEGATIVE_INFINITY);
        return Places.channelsLast(Pooling.max(first, sizes, moves));
      };
    }

    @Override
    public String kind() {
      return "MaxPooling" + rank + "D";
    }
  }

  /**
   * The mean of each window; elements that padding added do not count.
   *
   * @param rank the number of places
   * @param size the window's size
   * @param strides how far it moves; absent: by its size
   * @param padding what happens at the edges
   */
  @Numbered(value = "average-pooling#d", to = 3)
  record AveragePooling(
      int rank,
      @Default("2") List<Integer> size,
      @Nullable List<Integer> strides,
      @Default("valid") Padding padding)
      implements Pooled {
    /** Checks the numbers. */
    public AveragePooling {
      size = List.copyOf(size);
      strides = strides == null ? null : List.copyOf(strides);
      check("AveragePooling", rank, size, strides, padding);
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      Convolving window = Pooled.window(this);
      long[] sizes = Places.longs(window.kernel());
      long[] moves = Places.longs(window.strides());
      return (x, pass) -> {
        Tensor first = Places.channelsFirst(x);
        Tensor mean = Pooling.average(padding.apply(first, sizes, moves, 0), sizes, moves);
        if (padding == Padding.VALID) {
          return Places.channelsLast(mean);
        }
        long[] one = first.shape().sizes();
        one[0] = 1;
        one[1] = 1;
        Tensor inside = padding.apply(Tensors.ones(DType.FLOAT32, one), sizes, moves, 0);
        return Places.channelsLast(mean.div(Pooling.average(inside, sizes, moves)));
      };
    }

    @Override
    public String kind() {
      return "AveragePooling" + rank + "D";
    }
  }
}

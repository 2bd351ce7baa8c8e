package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Numbered;
import io.millrace.model.ModelException;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Pooling;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/** Layers without weights that put the numbers of a row in another order or number. */
public sealed interface Rearrange extends LayerSpec {
  /**
   * Another shape for the same numbers.
   *
   * @param sizes the new row's sizes; one may be −1 and is worked out
   */
  record Reshape(List<Integer> sizes) implements Rearrange {
    /** Copies the sizes. */
    public Reshape {
      sizes = List.copyOf(sizes);
    }

    @Override
    public Shape output(Shape input) {
      long[] wanted = Places.longs(sizes);
      long known = 1;
      int open = -1;
      for (int i = 0; i < wanted.length; i++) {
        if (wanted[i] == -1 && open < 0) {
          open = i;
        } else if (wanted[i] < 1) {
          throw new ModelException("reshape", input, sizes);
        } else {
          known = Math.multiplyExact(known, wanted[i]);
        }
      }
      if (open >= 0) {
        wanted[open] = input.elements() / known;
        known *= wanted[open];
      }
      if (known != input.elements()) {
        throw new ModelException("reshape", input, sizes);
      }
      return Shape.of(wanted);
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      Shape row = output(input);
      return (x, pass) -> x.reshape(row.withRows(x.size(0)).sizes());
    }
  }

  /**
   * Another order of a row's dimensions.
   *
   * @param dimensions counted from 1, as in Keras
   */
  record Permute(List<Integer> dimensions) implements Rearrange {
    /** Checks that each dimension stands there once. */
    public Permute {
      dimensions = List.copyOf(dimensions);
      List<Integer> sorted = dimensions.stream().sorted().toList();
      if (!sorted.equals(IntStream.rangeClosed(1, dimensions.size()).boxed().toList())) {
        throw new ModelException("permute", dimensions);
      }
    }

    @Override
    public Shape output(Shape input) {
      if (input.rank() != dimensions.size()) {
        throw new ModelException("layer.rank", kind(), dimensions.size(), input, "");
      }
      return Shape.of(dimensions.stream().mapToLong(d -> input.size(d - 1)).toArray());
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      int[] order = new int[dimensions.size() + 1];
      for (int i = 0; i < dimensions.size(); i++) {
        order[i + 1] = dimensions.get(i);
      }
      return (x, pass) -> x.permute(order);
    }
  }

  /**
   * The same vector several times: [features] → [times, features].
   *
   * @param times how often
   */
  record RepeatVector(int times) implements Rearrange {
    @Override
    public Shape output(Shape input) {
      if (input.rank() != 1 || times < 1) {
        throw new ModelException("layer.rank", kind(), 1, input, "");
      }
      return Shape.of(times, input.size(0));
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      return (x, pass) -> x.unsqueeze(1).expand(x.size(0), times, x.size(1));
    }
  }

  /**
   * Zeros around places.
   *
   * @param rank the number of places
   * @param padding how many: one number, one a place, or two a place (before, after)
   */
  @Numbered(value = "zero-padding#d", to = 3)
  record ZeroPadding(int rank, @Default("1") List<Integer> padding) implements Rearrange {
    /** Checks the numbers. */
    public ZeroPadding {
      padding = Places.sides("ZeroPadding", "padding", rank, padding);
    }

    @Override
    public Shape output(Shape input) {
      return resized(this, rank, input, padding, 1);
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      long[] widths = widths(rank, padding, 1);
      return (x, pass) -> Neural.pad(x, 0, widths);
    }

    @Override
    public String kind() {
      return "ZeroPadding" + rank + "D";
    }
  }

  /**
   * Places cut off at the edges.
   *
   * @param rank the number of places
   * @param cropping how many: one number, one a place, or two a place (before, after)
   */
  @Numbered(value = "cropping#d", to = 3)
  record Cropping(int rank, @Default("1") List<Integer> cropping) implements Rearrange {
    /** Checks the numbers. */
    public Cropping {
      cropping = Places.sides("Cropping", "cropping", rank, cropping);
    }

    @Override
    public Shape output(Shape input) {
      return resized(this, rank, input, cropping, -1);
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      long[] widths = widths(rank, cropping, -1);
      return (x, pass) -> Neural.pad(x, 0, widths);
    }

    @Override
    public String kind() {
      return "Cropping" + rank + "D";
    }
  }

  /** How {@link UpSampling} fills new places. */
  enum Interpolation {
    NEAREST,
    BILINEAR
  }

  /**
   * Places repeated.
   *
   * @param rank the number of places
   * @param size how often
   * @param interpolation bilinear for two places only
   */
  @Numbered(value = "up-sampling#d", to = 3)
  record UpSampling(
      int rank, @Default("2") List<Integer> size, @Default("nearest") Interpolation interpolation)
      implements Rearrange {
    /** Checks the numbers. */
    public UpSampling {
      size = Places.each("UpSampling", "size", rank, size, 1);
      if (interpolation == Interpolation.BILINEAR && rank != 2) {
        throw new ModelException("upsampling.bilinear", rank);
      }
    }

    @Override
    public Shape output(Shape input) {
      Places.check(kind(), input, rank);
      long[] places = new long[rank];
      for (int i = 0; i < rank; i++) {
        places[i] = input.size(i) * size.get(i);
      }
      return Places.shape(places, input.size(-1));
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      long[] sizes = java.util.Arrays.copyOf(output(input).sizes(), rank);
      return (x, pass) -> {
        Tensor first = Places.channelsFirst(x);
        return Places.channelsLast(
            interpolation == Interpolation.NEAREST
                ? Pooling.nearest(first, sizes)
                : Pooling.bilinear(first, sizes[0], sizes[1]));
      };
    }

    @Override
    public String kind() {
      return "UpSampling" + rank + "D";
    }
  }

  private static Shape resized(
      LayerSpec layer, int rank, Shape input, List<Integer> sides, int sign) {
    Places.check(layer.kind(), input, rank);
    long[] places = new long[rank];
    for (int i = 0; i < rank; i++) {
      places[i] = input.size(i) + sign * (long) (sides.get(2 * i) + sides.get(2 * i + 1));
      if (places[i] < 1) {
        throw new ModelException("layer.window", layer.kind(), sides, input);
      }
    }
    return Places.shape(places, input.size(-1));
  }

  /** From the last dimension to the first, channels untouched. */
  private static long[] widths(int rank, List<Integer> sides, int sign) {
    long[] widths = new long[2 * (rank + 1)];
    for (int i = 0; i < rank; i++) {
      widths[2 * (rank - i)] = sign * (long) sides.get(2 * i);
      widths[2 * (rank - i) + 1] = sign * (long) sides.get(2 * i + 1);
    }
    return widths;
  }
}

package io.millrace.model.layer;

import io.millrace.ground.spec.Numbered;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Places divided into a given number of windows, as even as they go: window i of n over m places
 * runs from ⌊i·m/n⌋ to ⌈(i+1)·m/n⌉, as in PyTorch.
 */
public sealed interface AdaptivePooling extends LayerSpec {
  /** The number of places. */
  int rank();

  /** How many windows. */
  List<Integer> size();

  @Override
  default Shape output(Shape input) {
    Places.check(kind(), input, rank());
    return Places.shape(Places.longs(size()), input.size(-1));
  }

  /** One number from each window along a dimension. */
  private static Tensor along(Tensor x, int dimension, int windows, boolean largest) {
    long places = x.size(dimension);
    List<Tensor> parts = new ArrayList<>();
    for (int i = 0; i < windows; i++) {
      long from = i * places / windows;
      long to = ((i + 1) * places + windows - 1) / windows;
      Tensor part = x.narrow(dimension, from, to - from);
      parts.add(largest ? part.amax(dimension) : part.mean(dimension));
    }
    return Tensor.stack(parts, dimension);
  }

  /** Maxima and means of a box are those of its edges, one after the other. */
  private static Layer layer(AdaptivePooling pooling, boolean largest) {
    return (x, pass) -> {
      Tensor value = x;
      for (int i = 0; i < pooling.rank(); i++) {
        value = along(value, 1 + i, pooling.size().get(i), largest);
      }
      return value;
    };
  }

  /**
   * The largest number of each window.
   *
   * @param rank the number of places
   * @param size how many windows
   */
  @Numbered(value = "adaptive-max-pooling#d", to = 3)
  record Max(int rank, List<Integer> size) implements AdaptivePooling {
    /** Checks the numbers. */
    public Max {
      size = Places.each("AdaptiveMaxPooling", "size", rank, size, 1);
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      return layer(this, true);
    }

    @Override
    public String kind() {
      return "AdaptiveMaxPooling" + rank + "D";
    }
  }

  /**
   * The mean of each window.
   *
   * @param rank the number of places
   * @param size how many windows
   */
  @Numbered(value = "adaptive-average-pooling#d", to = 3)
  record Average(int rank, List<Integer> size) implements AdaptivePooling {
    /** Checks the numbers. */
    public Average {
      size = Places.each("AdaptiveAveragePooling", "size", rank, size, 1);
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      return layer(this, false);
    }

    @Override
    public String kind() {
      return "AdaptiveAveragePooling" + rank + "D";
    }
  }
}

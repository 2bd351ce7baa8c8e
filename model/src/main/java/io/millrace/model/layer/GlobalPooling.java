package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Numbered;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/** One number a channel from all places: [place…, channels] → [channels]. */
public sealed interface GlobalPooling extends LayerSpec {
  /** The number of places. */
  int rank();

  /** Whether places stay, each of size 1. */
  boolean keepdims();

  @Override
  default Shape output(Shape input) {
    Places.check(kind(), input, rank());
    if (!keepdims()) {
      return Shape.of(input.size(-1));
    }
    long[] places = new long[rank()];
    java.util.Arrays.fill(places, 1);
    return Places.shape(places, input.size(-1));
  }

  private static int[] dimensions(int rank) {
    return java.util.stream.IntStream.rangeClosed(1, rank).toArray();
  }

  private static Tensor shaped(GlobalPooling pooling, Shape input, Tensor value) {
    return pooling.keepdims()
        ? value.reshape(pooling.output(input).withRows(value.size(0)).sizes())
        : value;
  }

  /**
   * The largest number of each channel.
   *
   * @param rank the number of places
   * @param keepdims whether places stay
   */
  @Numbered(value = "global-max-pooling#d", to = 3)
  record Max(int rank, @Default("false") boolean keepdims) implements GlobalPooling {
    @Override
    public Layer build(Shape input, Weights weights) {
      return (x, pass) -> shaped(this, input, x.amax(dimensions(rank)));
    }

    @Override
    public String kind() {
      return "GlobalMaxPooling" + rank + "D";
    }
  }

  /**
   * The mean of each channel.
   *
   * @param rank the number of places
   * @param keepdims whether places stay
   */
  @Numbered(value = "global-average-pooling#d", to = 3)
  record Average(int rank, @Default("false") boolean keepdims) implements GlobalPooling {
    @Override
    public Layer build(Shape input, Weights weights) {
      return (x, pass) -> shaped(this, input, x.mean(dimensions(rank)));
    }

    @Override
    public String kind() {
      return "GlobalAveragePooling" + rank + "D";
    }
  }
}

package io.millrace.model.layer;

import io.millrace.model.ModelException;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Rows here are [place…, channels], as in Keras; libtorch's kernels want [channels, place…]. The
 * turn is a view: memory stays channels-last, which libtorch's pooling is much quicker with and its
 * convolution as quick (docs/decisions/0006).
 */
final class Places {
  private Places() {}

  /** [batch, place…, channels] → [batch, channels, place…], a view. */
  static Tensor channelsFirst(Tensor x) {
    int rank = x.rank();
    if (rank <= 2) {
      return x;
    }
    int[] order = new int[rank];
    order[1] = rank - 1;
    for (int i = 2; i < rank; i++) {
      order[i] = i - 1;
    }
    return x.permute(order);
  }

  /** [batch, channels, place…] → [batch, place…, channels], a view. */
  static Tensor channelsLast(Tensor x) {
    int rank = x.rank();
    if (rank <= 2) {
      return x;
    }
    int[] order = new int[rank];
    for (int i = 1; i < rank - 1; i++) {
      order[i] = i + 1;
    }
    order[rank - 1] = 1;
    return x.permute(order);
  }

  /** One number a place: a single one counts for all. */
  static List<Integer> each(String layer, String what, int rank, List<Integer> given, int least) {
    List<Integer> all = given.size() == 1 ? Collections.nCopies(rank, given.getFirst()) : given;
    if (all.size() != rank || all.stream().anyMatch(v -> v < least)) {
      throw new ModelException("layer.places", layer, what, given, rank, least);
    }
    return List.copyOf(all);
  }

  /** Before and after each place: one number for all, one a place, or two a place. */
  static List<Integer> sides(String layer, String what, int rank, List<Integer> given) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < 2 * rank; i++) {
      all.add(
          given.size() == 1
              ? given.getFirst()
              : given.size() == rank
                  ? given.get(i / 2)
                  : given.size() == 2 * rank ? given.get(i) : Integer.valueOf(-1));
    }
    if (all.stream().anyMatch(v -> v < 0)) {
      throw new ModelException("layer.places", layer, what, given, rank, 0);
    }
    return all;
  }

  static long[] longs(List<Integer> values) {
    return values.stream().mapToLong(Integer::longValue).toArray();
  }

  /** Refuses rows that are not [place…, channels] with this many places. */
  static void check(String layer, Shape input, int rank) {
    if (input.rank() != rank + 1) {
      throw new ModelException(
          "layer.rank",
          layer,
          rank + 1,
          input,
          rank == 2 && input.rank() == 2
              ? "[" + input.size(0) + ", " + input.size(1) + ", 1]"
              : "");
    }
  }

  /** A row's shape with other places and channels. */
  static Shape shape(long[] places, long channels) {
    long[] sizes = java.util.Arrays.copyOf(places, places.length + 1);
    sizes[places.length] = channels;
    return Shape.of(sizes);
  }
}

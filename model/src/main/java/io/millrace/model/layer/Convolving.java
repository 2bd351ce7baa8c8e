package io.millrace.model.layer;

import io.millrace.model.ModelException;
import io.millrace.tensor.Convolution;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What convolutions of every kind share: a window's geometry and the call itself. */
record Convolving(
    String layer,
    int rank,
    List<Integer> kernel,
    List<Integer> strides,
    List<Integer> dilation,
    Padding padding) {
  Convolving {
    kernel = Places.each(layer, "kernel", rank, kernel, 1);
    strides = Places.each(layer, "strides", rank, strides, 1);
    dilation = Places.each(layer, "dilation", rank, dilation, 1);
  }

  /** Only series have a past: causal padding is for one place. */
  void requireNoCausalPictures() {
    if (padding == Padding.CAUSAL && rank != 1) {
      throw new ModelException("layer.causal", layer);
    }
  }

  /** The places after the window has moved over these. */
  long[] places(Shape input) {
    Places.check(layer, input, rank);
    long[] places = new long[rank];
    for (int i = 0; i < rank; i++) {
      places[i] = padding.outputs(input.size(i), reach()[i], strides.get(i));
      if (places[i] < 1) {
        throw new ModelException("layer.window", layer, kernel, input);
      }
    }
    return places;
  }

  long[] reach() {
    long[] reach = new long[rank];
    for (int i = 0; i < rank; i++) {
      reach[i] = (long) dilation.get(i) * (kernel.get(i) - 1) + 1;
    }
    return reach;
  }

  /** The number of points of the window. */
  long window() {
    return kernel.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }

  /** The sizes of a weight: first two, then the window's. */
  long[] sizes(long first, long second) {
    long[] sizes = new long[rank + 2];
    sizes[0] = first;
    sizes[1] = second;
    System.arraycopy(Places.longs(kernel), 0, sizes, 2, rank);
    return sizes;
  }

  /**
   * x and result [batch, channels, place…]. A series is a picture of height 1: only pictures and
   * volumes have quick kernels for memory with channels last.
   */
  Tensor run(Tensor x, Tensor weight, @Nullable Tensor bias, long groups) {
    if (rank > 1) {
      return windows(x, weight, bias, groups);
    }
    return flat().windows(x.unsqueeze(2), weight.unsqueeze(2), bias, groups).squeeze(2);
  }

  /** This window over series as one over pictures of height 1. */
  private Convolving flat() {
    return new Convolving(layer, 2, lifted(kernel), lifted(strides), lifted(dilation), padding);
  }

  private static List<Integer> lifted(List<Integer> one) {
    return List.of(1, one.getFirst());
  }

  private Tensor windows(Tensor x, Tensor weight, @Nullable Tensor bias, long groups) {
    long[] stride = Places.longs(strides);
    long[] symmetric = symmetric(x, stride);
    Tensor padded = symmetric == null ? padding.apply(x, reach(), stride, 0) : x;
    return Convolution.convolve(
        padded,
        weight,
        bias,
        stride,
        symmetric == null ? new long[rank] : symmetric,
        Places.longs(dilation),
        groups);
  }

  /** The padding, where both sides are equal: then the kernel adds it without a copy. */
  private long @Nullable [] symmetric(Tensor x, long[] stride) {
    long[] widths = new long[rank];
    long[] reach = reach();
    for (int i = 0; i < rank; i++) {
      long[] both = padding.widths(x.size(2 + i), reach[i], stride[i]);
      if (both[0] != both[1]) {
        return null;
      }
      widths[i] = both[0];
    }
    return widths;
  }

  static double product(long[] places) {
    return Arrays.stream(places).asDoubleStream().reduce(1, (a, b) -> a * b);
  }
}

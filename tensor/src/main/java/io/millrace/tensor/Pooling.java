package io.millrace.tensor;

import java.util.Arrays;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Windows reduced to one number each, over one to three places; [batch, channels, place…]. Arrays
 * have one entry a place.
 */
public final class Pooling {
  static {
    Engine.start();
  }

  private Pooling() {}

  /** The largest element of each window; without padding. */
  public static Tensor max(Tensor x, long[] window, long[] stride) {
    int places = check("max", x, window, stride);
    if (places == 1) {
      // As pictures of height 1, for which there are quick kernels with channels last.
      return max(x.unsqueeze(2), lifted(window), lifted(stride)).squeeze(2);
    }
    long[] none = new long[places];
    long[] dense = new long[places];
    Arrays.fill(dense, 1);
    return Call.one(
        "max",
        x,
        h ->
            switch (places) {
              case 2 -> torch.max_pool2d(h, window, stride, none, dense, false);
              default -> torch.max_pool3d(h, window, stride, none, dense, false);
            });
  }

  /** The mean of each window; without padding. */
  public static Tensor average(Tensor x, long[] window, long[] stride) {
    int places = check("average", x, window, stride);
    if (places == 1) {
      return average(x.unsqueeze(2), lifted(window), lifted(stride)).squeeze(2);
    }
    long[] none = new long[places];
    return Call.one(
        "average",
        x,
        h -> {
          try (LongOptional divisor = new LongOptional()) {
            return switch (places) {
              case 2 -> torch.avg_pool2d(h, window, stride, none, false, false, divisor);
              default -> torch.avg_pool3d(h, window, stride, none, false, false, divisor);
            };
          }
        });
  }

  /**
   * Places repeated to a larger size, each from its nearest.
   *
   * @param sizes the new size of each place
   */
  public static Tensor nearest(Tensor x, long... sizes) {
    int places = places("nearest", x);
    sizes("nearest", x, sizes);
    // Output place o reads input place ⌊o·in/out⌋.
    Tensor value = x;
    for (int i = 0; i < places; i++) {
      long in = x.size(2 + i);
      long[] from = new long[(int) sizes[i]];
      for (int o = 0; o < from.length; o++) {
        from[o] = o * in / sizes[i];
      }
      value = value.indexSelect(2 + i, Tensors.of(from, from.length));
    }
    return value;
  }

  /** Two places ([batch, channels, height, width]) resized by linear interpolation of centres. */
  public static Tensor bilinear(Tensor x, long height, long width) {
    Call.require(x.rank() == 4, "bilinear", "x", x.describe(), "[batch, channels, height, width]");
    sizes("bilinear", x, height, width);
    return Call.one(
        "bilinear", x, h -> torch.upsample_bilinear2d(h, new long[] {height, width}, false));
  }

  private static long[] lifted(long[] one) {
    return new long[] {1, one[0]};
  }

  private static void sizes(String name, Tensor x, long... sizes) {
    Call.require(
        sizes.length == places(name, x) && Arrays.stream(sizes).allMatch(v -> v > 0 && v < 1 << 20),
        name,
        "sizes",
        Arrays.toString(sizes),
        "one positive number a place");
    long[] all = Arrays.copyOf(x.shape().sizes(), 2 + sizes.length);
    System.arraycopy(sizes, 0, all, 2, sizes.length);
    Engine.checkSize(name, x.dtype(), all);
  }

  private static int places(String name, Tensor x) {
    int places = x.rank() - 2;
    Call.require(
        places >= 1 && places <= 3 && x.elements() > 0,
        name,
        "x",
        x.describe(),
        "[batch, channels, 1 to 3 places]");
    Call.require(x.dtype().isFloating(), name, "type", x.describe(), "floats");
    return places;
  }

  private static int check(String name, Tensor x, long[] window, long[] stride) {
    int places = places(name, x);
    for (long[] setting : new long[][] {window, stride}) {
      Call.require(
          setting.length == places && Arrays.stream(setting).allMatch(v -> v > 0 && v < 1 << 20),
          name,
          "window",
          Arrays.toString(setting),
          "one positive number a place");
    }
    for (int i = 0; i < places; i++) {
      Call.require(
          window[i] <= x.size(2 + i),
          name,
          "window",
          Arrays.toString(window),
          "at most x's places");
    }
    return places;
  }
}

package io.millrace.tensor;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions over one to three places. Inputs are [batch, channels, place…]; definitions are
 * PyTorch's. Arrays of settings have one entry a place.
 */
public final class Convolution {
  static {
    Engine.start();
  }

  private Convolution() {}

  /**
   * Cross-correlation, which networks call convolution.
   *
   * @param x [batch, channels, place…]
   * @param weight [filters, channels / groups, kernel…]
   * @param bias [filters], or absent
   * @param stride steps between windows, at least 1
   * @param padding zeros on either side, at least 0
   * @param dilation distance between a kernel's points, at least 1
   * @param groups into how many independent parts channels and filters fall
   * @return [batch, filters, place…]
   */
  public static Tensor convolve(
      Tensor x,
      Tensor weight,
      @Nullable Tensor bias,
      long[] stride,
      long[] padding,
      long[] dilation,
      long groups) {
    String name = "convolve";
    int places = check(name, x, weight, stride, padding, dilation, groups);
    Call.require(
        x.size(1) == weight.size(1) * groups, name, "weight", weight.describe(), "channels of x");
    Call.require(
        weight.size(0) % groups == 0, name, "groups", groups, "a divisor of " + weight.size(0));
    checkBias(name, bias, weight.size(0));
    for (int i = 0; i < places; i++) {
      long reach = dilation[i] * (weight.size(2 + i) - 1) + 1;
      Call.require(
          x.size(2 + i) + 2 * padding[i] >= reach,
          name,
          "x",
          x.describe(),
          "at least " + reach + " at place " + i);
    }
    return run(name, x, weight, bias, stride, padding, dilation, false, new long[places], groups);
  }

  /**
   * The transpose of {@link #convolve}: spreads every element over a window.
   *
   * @param weight [channels, filters / groups, kernel…]
   * @param more places added at the end of the output, smaller than the stride or the dilation
   */
  public static Tensor spread(
      Tensor x,
      Tensor weight,
      @Nullable Tensor bias,
      long[] stride,
      long[] padding,
      long[] dilation,
      long[] more,
      long groups) {
    String name = "spread";
    int places = check(name, x, weight, stride, padding, dilation, groups);
    Call.require(x.size(1) == weight.size(0), name, "weight", weight.describe(), "channels of x");
    Call.require(
        weight.size(0) % groups == 0, name, "groups", groups, "a divisor of " + weight.size(0));
    checkBias(name, bias, weight.size(1) * groups);
    Call.require(more.length == places, name, "more", Arrays.toString(more), places + " numbers");
    for (int i = 0; i < places; i++) {
      Call.require(
          more[i] >= 0 && (more[i] < stride[i] || more[i] < dilation[i]),
          name,
          "more",
          Arrays.toString(more),
          "less than the stride");
      long reach = (x.size(2 + i) - 1) * stride[i] - 2 * padding[i];
      Call.require(
          reach + dilation[i] * (weight.size(2 + i) - 1) + more[i] + 1 > 0,
          name,
          "padding",
          Arrays.toString(padding),
          "less");
    }
    return run(name, x, weight, bias, stride, padding, dilation, true, more, groups);
  }

  private static Tensor run(
      String name,
      Tensor x,
      Tensor weight,
      @Nullable Tensor bias,
      long[] stride,
      long[] padding,
      long[] dilation,
      boolean transposed,
      long[] more,
      long groups) {
    return Call.many(
            name,
            Arrays.asList(x, weight, bias),
            h -> {
              try (var with = Call.optional(h[2])) {
                return new org.bytedeco.pytorch.Tensor[] {
                  torch.convolution(
                      h[0], h[1], with, stride, padding, dilation, transposed, more, groups)
                };
              }
            })
        .getFirst();
  }

  private static void checkBias(String name, @Nullable Tensor bias, long filters) {
    if (bias != null) {
      Call.require(
          bias.rank() == 1 && bias.size(0) == filters,
          name,
          "bias",
          bias.describe(),
          "[" + filters + "]");
    }
  }

  /** What both directions demand; the kernels trust most of it. */
  private static int check(
      String name,
      Tensor x,
      Tensor weight,
      long[] stride,
      long[] padding,
      long[] dilation,
      long groups) {
    int places = x.rank() - 2;
    Call.require(
        places >= 1 && places <= 3, name, "x", x.describe(), "[batch, channels, 1 to 3 places]");
    Call.require(weight.rank() == x.rank(), name, "weight", weight.describe(), "the rank of x");
    Call.require(
        x.dtype().isFloating() && weight.dtype().isFloating(),
        name,
        "type",
        x.describe(),
        "floats");
    Call.require(x.elements() > 0 && weight.elements() > 0, name, "x", x.describe(), "elements");
    Call.require(groups >= 1, name, "groups", groups, "at least 1");
    for (long[] setting : List.of(stride, padding, dilation)) {
      Call.require(
          setting.length == places, name, "setting", Arrays.toString(setting), places + " numbers");
      Call.require(
          Arrays.stream(setting).allMatch(v -> v >= (setting == padding ? 0 : 1) && v < 1 << 20),
          name,
          "setting",
          Arrays.toString(setting),
          "positive numbers");
    }
    return places;
  }
}

package io.millrace.tensor;

import java.util.Arrays;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Shifts and scales so that means are 0 and deviations 1. */
public final class Normalization {
  static {
    Engine.start();
  }

  private Normalization() {}

  /**
   * Over batch and places, per channel, with the batch's own statistics (Ioffe & Szegedy 2015).
   *
   * @param x [batch, channels, place…]
   * @param weight [channels] or absent
   * @param bias [channels] or absent
   * @param mean [channels]: moved by {@code momentum} towards the batch's mean
   * @param variance [channels]: likewise; its variance is that of a sample (divided by n − 1)
   */
  public static Tensor batch(
      Tensor x,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      Tensor mean,
      Tensor variance,
      double momentum,
      double epsilon) {
    return batch("batch", x, weight, bias, mean, variance, true, momentum, epsilon);
  }

  /** Over batch and places, per channel, with these statistics, which stay as they are. */
  public static Tensor batch(
      Tensor x,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      Tensor mean,
      Tensor variance,
      double epsilon) {
    return batch("batch", x, weight, bias, mean, variance, false, 0, epsilon);
  }

  private static Tensor batch(
      String name,
      Tensor x,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      Tensor mean,
      Tensor variance,
      boolean training,
      double momentum,
      double epsilon) {
    Call.require(
        x.rank() >= 2 && x.rank() <= 5 && x.elements() > 0,
        name,
        "x",
        x.describe(),
        "[batch, channels, up to 3 places]");
    Call.require(x.dtype().isFloating(), name, "type", x.describe(), "floats");
    for (Tensor one : Arrays.asList(weight, bias, mean, variance)) {
      vector(name, one, x.size(1));
    }
    Call.require(
        !training || x.elements() / x.size(1) > 1, name, "x", x.describe(), "more than one value");
    Call.require(
        momentum >= 0 && momentum <= 1, name, "momentum", momentum, "a number from 0 to 1");
    epsilon(name, epsilon);
    return Call.many(
            name,
            Arrays.asList(x, weight, bias, mean, variance),
            h -> {
              try (TensorOptional w = Call.optional(h[1]);
                  TensorOptional b = Call.optional(h[2]);
                  TensorOptional m = Call.optional(h[3]);
                  TensorOptional v = Call.optional(h[4])) {
                return new org.bytedeco.pytorch.Tensor[] {
                  torch.batch_norm(h[0], w, b, m, v, training, momentum, epsilon, false)
                };
              }
            })
        .getFirst();
  }

  /** Over the last dimension (Ba et al. 2016). */
  public static Tensor layer(
      Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, double epsilon) {
    String name = "layer";
    last(name, x, weight, bias);
    epsilon(name, epsilon);
    long[] size = {x.size(-1)};
    return Call.many(
            name,
            Arrays.asList(x, weight, bias),
            h -> {
              try (TensorOptional w = Call.optional(h[1]);
                  TensorOptional b = Call.optional(h[2])) {
                return new org.bytedeco.pytorch.Tensor[] {
                  torch.layer_norm(h[0], size, w, b, epsilon, false)
                };
              }
            })
        .getFirst();
  }

  /** x / root mean square over the last dimension (Zhang & Sennrich 2019). */
  public static Tensor rootMeanSquare(Tensor x, @Nullable Tensor weight, double epsilon) {
    String name = "rootMeanSquare";
    last(name, x, weight);
    epsilon(name, epsilon);
    long[] size = {x.size(-1)};
    return Call.many(
            name,
            Arrays.asList(x, weight),
            h -> {
              try (TensorOptional w = Call.optional(h[1]);
                  DoubleOptional small = new DoubleOptional(epsilon)) {
                return new org.bytedeco.pytorch.Tensor[] {torch.rms_norm(h[0], size, w, small)};
              }
            })
        .getFirst();
  }

  /**
   * Over groups of channels and all places (Wu & He 2018).
   *
   * @param x [batch, channels, place…]
   * @param groups a divisor of the channels
   */
  public static Tensor group(
      Tensor x, long groups, @Nullable Tensor weight, @Nullable Tensor bias, double epsilon) {
    String name = "group";
    Call.require(
        x.rank() >= 2 && x.elements() > 0 && x.dtype().isFloating(),
        name,
        "x",
        x.describe(),
        "floats [batch, channels, place…]");
    Call.require(
        groups >= 1 && x.size(1) % groups == 0,
        name,
        "groups",
        groups,
        "a divisor of the channels");
    vector(name, weight, x.size(1));
    vector(name, bias, x.size(1));
    epsilon(name, epsilon);
    return Call.many(
            name,
            Arrays.asList(x, weight, bias),
            h -> {
              try (TensorOptional w = Call.optional(h[1]);
                  TensorOptional b = Call.optional(h[2])) {
                return new org.bytedeco.pytorch.Tensor[] {
                  torch.group_norm(h[0], groups, w, b, epsilon, false)
                };
              }
            })
        .getFirst();
  }

  private static void last(String name, Tensor x, @Nullable Tensor... vectors) {
    Call.require(
        x.rank() >= 1 && x.elements() > 0 && x.dtype().isFloating(),
        name,
        "x",
        x.describe(),
        "floats with a last dimension");
    for (Tensor one : Arrays.asList(vectors)) {
      vector(name, one, x.size(-1));
    }
  }

  private static void vector(String name, @Nullable Tensor vector, long size) {
    if (vector != null) {
      Call.require(
          vector.rank() == 1 && vector.size(0) == size && vector.dtype().isFloating(),
          name,
          "vector",
          vector.describe(),
          "floats [" + size + "]");
      Call.require(
          vector.ask(name, org.bytedeco.pytorch.Tensor::is_contiguous),
          name,
          "vector",
          vector.describe(),
          "no view");
    }
  }

  private static void epsilon(String name, double epsilon) {
    Call.require(epsilon >= 0 && epsilon < 1e3, name, "epsilon", epsilon, "a small number");
  }
}

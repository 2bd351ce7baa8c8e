package io.millrace.model.transformer;

import io.millrace.tensor.DType;
import io.millrace.tensor.Operators;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Rotary positions (Su et al. 2021): the first {@code size} numbers of a head are turned in pairs
 * (i, i + size/2) by angles that grow with the position.
 *
 * @param base the longest wave is about 2π·base positions
 * @param size how many numbers of a head are turned, even
 * @param context the number of positions that the model was made for
 */
public record Rope(double base, int size, long context, Scaling scaling) {
  /** How the angles are changed for contexts longer than those of the training. */
  public sealed interface Scaling {}

  /** Not. */
  public record Plain() implements Scaling {}

  /** Positions are divided by a factor (Chen et al. 2023). */
  public record Linear(double factor) implements Scaling {}

  /** The base grows with the length once it exceeds the context. */
  public record Dynamic(double factor) implements Scaling {}

  /** Long waves are stretched, short ones kept, as in Llama 3.1. */
  public record Llama3(double factor, double low, double high, long original) implements Scaling {}

  /** YaRN (Peng et al. 2023). */
  public record Yarn(
      double factor, double fast, double slow, long original, double attention, boolean truncate)
      implements Scaling {}

  /** LongRoPE (Ding et al. 2024): a factor for each pair, one list for short contexts. */
  public record Long(List<Double> shorter, List<Double> longer, long original, double attention)
      implements Scaling {}

  /** Cosines and sines, each [batch or 1, time, 1, size/2]. */
  public record Rotation(Tensor cos, Tensor sin) {
    /** Turns the heads of x [batch, time, heads, headSize]. */
    public Tensor apply(Tensor x) {
      long half = cos.size(-1);
      long rest = x.size(-1) - 2 * half;
      List<Tensor> pieces =
          rest == 0 ? Tensors.split(x, 3, half, half) : Tensors.split(x, 3, half, half, rest);
      Tensor first = pieces.get(0);
      Tensor second = pieces.get(1);
      Tensor a = first.mul(cos).sub(second.mul(sin));
      Tensor b = second.mul(cos).add(first.mul(sin));
      return Tensor.concat(rest == 0 ? List.of(a, b) : List.of(a, b, pieces.get(2)), 3);
    }
  }

  /** Whether angles depend on how long the whole text is. */
  boolean isScaledByLength() {
    return scaling instanceof Dynamic || scaling instanceof Long;
  }

  /**
   * The rotation of some positions.
   *
   * @param positions int64 [batch or 1, time]
   * @param longest the largest position and 1: it decides with scalings that depend on the length
   */
  public Rotation at(Tensor positions, long longest, DType dtype) {
    Tensor frequencies = padded(frequencies(longest));
    Tensor angles = positions.to(DType.FLOAT32).unsqueeze(2).mul(frequencies).unsqueeze(2);
    double factor =
        switch (scaling) {
          case Yarn yarn -> yarn.attention;
          case Long lengths -> lengths.attention;
          default -> 1;
        };
    return new Rotation(turned(angles.cos(), factor, dtype), turned(angles.sin(), factor, dtype));
  }

  private Tensor turned(Tensor waves, double factor, DType dtype) {
    return waves.narrow(3, 0, size / 2).mul(factor).to(dtype);
  }

  /**
   * Cosines are computed sixteen at once, in a way that suits the largest of them: zeros keep the
   * positions beside out of it, whose angles would change the last bit.
   */
  private static Tensor padded(Tensor frequencies) {
    long missing = -frequencies.size(0) & 15;
    return missing == 0
        ? frequencies
        : Tensor.concat(List.of(frequencies, Tensors.zeros(DType.FLOAT32, missing)), 0);
  }

  /** Radians for one position, [size/2], in float32 steps as the reference implementation has. */
  private Tensor frequencies(long longest) {
    return switch (scaling) {
      case Plain _ -> inverse(powers(base));
      case Linear linear -> inverse(powers(base)).div(linear.factor);
      case Dynamic dynamic -> inverse(powers(stretched(dynamic.factor, longest)));
      case Llama3 llama -> llama3(llama);
      case Yarn yarn -> yarn(yarn);
      case Long lengths -> {
        List<Double> factors = longest > lengths.original ? lengths.longer : lengths.shorter;
        float[] values = new float[factors.size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = factors.get(i).floatValue();
        }
        yield inverse(Tensors.of(values, values.length).mul(powers(base)));
      }
    };
  }

  private double stretched(double factor, long longest) {
    double length = Math.max(longest, context);
    return base * Math.pow(factor * length / context - (factor - 1), (double) size / (size - 2));
  }

  /** base^(2i/size). */
  private Tensor powers(double of) {
    Tensor exponents = Tensors.range(size / 2).mul(2).to(DType.FLOAT32).div(size);
    return (Tensor)
        Objects.requireNonNull(Operators.call("aten::pow.Scalar", of, exponents).getFirst());
  }

  private static Tensor inverse(Tensor x) {
    return x.pow(-1);
  }

  private Tensor llama3(Llama3 scale) {
    Tensor plain = inverse(powers(base));
    Tensor wave = inverse(plain).mul(2 * Math.PI);
    Tensor isLong = wave.gt(scale.original / scale.low);
    Tensor stretched = isLong.where(plain.div(scale.factor), plain);
    Tensor smooth = inverse(wave).mul(scale.original).sub(scale.low).div(scale.high - scale.low);
    Tensor between =
        smooth.neg().add(1).mul(stretched).div(scale.factor).add(smooth.mul(stretched));
    Tensor isShort = wave.lt(scale.original / scale.high);
    Tensor outside = isLong.where(isLong, isShort);
    return outside.where(stretched, between);
  }

  private Tensor yarn(Yarn scale) {
    Tensor waves = powers(base);
    double low = correction(scale.fast, scale.original);
    double high = correction(scale.slow, scale.original);
    low = Math.max(scale.truncate ? Math.floor(low) : low, 0);
    high = Math.min(scale.truncate ? Math.ceil(high) : high, size - 1);
    double span = high == low ? 0.001 : high - low;
    Tensor ramp = Tensors.range(size / 2).to(DType.FLOAT32).sub(low).div(span).clamp(0, 1);
    Tensor kept = ramp.neg().add(1);
    return inverse(waves.mul(scale.factor)).mul(kept.neg().add(1)).add(inverse(waves).mul(kept));
  }

  private double correction(double rotations, long original) {
    return size * Math.log(original / (rotations * 2 * Math.PI)) / (2 * Math.log(base));
  }

  /** YaRN's factor on cosines and sines where a model does not say its own. */
  public static double attention(double factor, @Nullable Double scale, @Nullable Double all) {
    return scale != null && all != null && scale != 0 && all != 0
        ? magnitude(factor, scale) / magnitude(factor, all)
        : magnitude(factor, 1);
  }

  private static double magnitude(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }
}

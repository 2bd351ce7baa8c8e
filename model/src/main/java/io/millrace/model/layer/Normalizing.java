package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.model.ModelException;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Normalization;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/** Layers that shift and scale; weights {@code gamma} and {@code beta} [channels], as in Keras. */
public sealed interface Normalizing extends LayerSpec {
  @Override
  default Shape output(Shape input) {
    if (input.rank() < 1) {
      throw new ModelException("layer.rank", kind(), 1, input, "");
    }
    return input;
  }

  /**
   * Per channel over batch and places: with the batch's statistics while training, else with their
   * running means. The running variance is the population's, as in Keras (PyTorch keeps the
   * sample's).
   *
   * @param momentum how much of a running statistic stays each step
   * @param epsilon added to the variance
   * @param center whether {@code beta} is added
   * @param scale whether {@code gamma} is multiplied
   */
  record BatchNormalization(
      @Default("0.99") double momentum,
      @Default("0.001") double epsilon,
      @Default("true") boolean center,
      @Default("true") boolean scale)
      implements Normalizing {
    /** Checks the ranges. */
    public BatchNormalization {
      range("BatchNormalization", momentum >= 0 && momentum < 1 && epsilon > 0, momentum, epsilon);
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      long channels = input.size(-1);
      Tensor gamma = scale ? weights.constant("gamma", 1, channels) : null;
      Tensor beta = center ? weights.zeros("beta", channels) : null;
      Tensor mean = weights.buffer("moving_mean", 0, channels);
      Tensor variance = weights.buffer("moving_variance", 1, channels);
      return (x, pass) -> {
        Tensor first = Places.channelsFirst(x);
        if (!pass.isTraining()) {
          return Places.channelsLast(
              Normalization.batch(first, gamma, beta, mean, variance, epsilon));
        }
        // The kernel learns the sample's variance: give it that scale, and take it back after.
        double values = (double) first.elements() / channels;
        double sample = values / Math.max(1, values - 1);
        Tensor learned = mean.copy();
        Tensor spread = variance.mul(sample);
        Tensor out =
            Normalization.batch(first, gamma, beta, learned, spread, 1 - momentum, epsilon);
        if (pass == Layer.Pass.TRAINING) {
          try (Mode mode = Mode.noGradient()) {
            mean.copyInPlace(learned);
            variance.copyInPlace(spread.div(sample));
          }
        }
        return Places.channelsLast(out);
      };
    }
  }

  /**
   * Per row over the last dimension.
   *
   * @param epsilon added to the variance
   * @param center whether {@code beta} is added
   * @param scale whether {@code gamma} is multiplied
   */
  record LayerNormalization(
      @Default("0.001") double epsilon,
      @Default("true") boolean center,
      @Default("true") boolean scale)
      implements Normalizing {
    /** Checks the range. */
    public LayerNormalization {
      range("LayerNormalization", epsilon > 0, epsilon);
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      long size = input.size(-1);
      Tensor gamma = scale ? weights.constant("gamma", 1, size) : null;
      Tensor beta = center ? weights.zeros("beta", size) : null;
      return (x, pass) -> Normalization.layer(x, gamma, beta, epsilon);
    }
  }

  /**
   * Per row over groups of channels and all places.
   *
   * @param groups a divisor of the channels
   * @param epsilon added to the variance
   * @param center whether {@code beta} is added
   * @param scale whether {@code gamma} is multiplied
   */
  record GroupNormalization(
      @Default("32") int groups,
      @Default("0.001") double epsilon,
      @Default("true") boolean center,
      @Default("true") boolean scale)
      implements Normalizing {
    /** Checks the ranges. */
    public GroupNormalization {
      range("GroupNormalization", groups > 0 && epsilon > 0, groups, epsilon);
    }

    @Override
    public Shape output(Shape input) {
      if (input.rank() < 1 || input.size(-1) % groups != 0) {
        throw new ModelException("norm.groups", groups, input);
      }
      return input;
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      long channels = input.size(-1);
      Tensor gamma = scale ? weights.constant("gamma", 1, channels) : null;
      Tensor beta = center ? weights.zeros("beta", channels) : null;
      return (x, pass) ->
          Places.channelsLast(
              Normalization.group(Places.channelsFirst(x), groups, gamma, beta, epsilon));
    }
  }

  /**
   * Each row divided by its root mean square over the last dimension.
   *
   * @param epsilon added to the mean square
   */
  @io.millrace.ground.spec.Key("rms-normalization")
  record RmsNormalization(@Default("1e-6") double epsilon) implements Normalizing {
    /** Checks the range. */
    public RmsNormalization {
      range("RMSNormalization", epsilon > 0, epsilon);
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      Tensor scale = weights.constant("scale", 1, input.size(-1));
      return (x, pass) -> Normalization.rootMeanSquare(x, scale, epsilon);
    }

    @Override
    public String kind() {
      return "RMSNormalization";
    }
  }

  private static void range(String layer, boolean holds, Object... values) {
    if (!holds) {
      throw new ModelException("norm.range", layer, java.util.List.of(values));
    }
  }
}

package io.millrace.model.layer;

import io.millrace.ground.spec.Numbered;
import io.millrace.model.ModelException;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;

/** Layers of the dropout family: random while training, nothing otherwise. */
public sealed interface Noise extends LayerSpec {
  @Override
  default Shape output(Shape input) {
    return input;
  }

  /** What happens while training. */
  Tensor disturb(Tensor x);

  @Override
  default Layer build(Shape input, Weights weights) {
    return (x, pass) -> pass.isTraining() ? disturb(x) : x;
  }

  /**
   * Dropout of whole channels.
   *
   * @param rank the number of places
   * @param rate the share that is dropped
   */
  @Numbered(value = "spatial-dropout#d", to = 3)
  record SpatialDropout(int rank, double rate) implements Noise {
    /** Checks the rate. */
    public SpatialDropout {
      check(rate);
    }

    @Override
    public Shape output(Shape input) {
      Places.check(kind(), input, rank);
      return input;
    }

    @Override
    public Tensor disturb(Tensor x) {
      return Places.channelsLast(Neural.dropoutChannels(Places.channelsFirst(x), rate));
    }

    @Override
    public String kind() {
      return "SpatialDropout" + rank + "D";
    }
  }

  /**
   * Normal noise added.
   *
   * @param deviation its standard deviation
   */
  record GaussianNoise(double deviation) implements Noise {
    /** Checks the deviation. */
    public GaussianNoise {
      if (!(deviation >= 0)) {
        throw new ModelException("noise.deviation", deviation);
      }
    }

    @Override
    public Tensor disturb(Tensor x) {
      return x.add(Tensors.normal(x.shape().sizes()).mulInPlace(deviation));
    }
  }

  /**
   * Every number multiplied by normal noise of mean 1 and deviation √(rate / (1 − rate)).
   *
   * @param rate as for dropout
   */
  record GaussianDropout(double rate) implements Noise {
    /** Checks the rate. */
    public GaussianDropout {
      check(rate);
    }

    @Override
    public Tensor disturb(Tensor x) {
      double deviation = Math.sqrt(rate / (1 - rate));
      return x.mul(Tensors.normal(x.shape().sizes()).mulInPlace(deviation).addInPlace(1));
    }
  }

  /**
   * Dropout that keeps mean and deviation behind SELU.
   *
   * @param rate the share that is dropped
   */
  record AlphaDropout(double rate) implements Noise {
    /** Checks the rate. */
    public AlphaDropout {
      check(rate);
    }

    @Override
    public Tensor disturb(Tensor x) {
      return Neural.dropoutAlpha(x, rate);
    }
  }

  private static void check(double rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new ModelException("dropout.rate", rate);
    }
  }
}

package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Key;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/** Rectifiers with a setting or a weight of their own. */
public sealed interface Slope extends LayerSpec {
  @Override
  default Shape output(Shape input) {
    return input;
  }

  /**
   * x where positive, else slope·x.
   *
   * @param slope 0.3, as Keras's layer has it
   */
  @Key("leaky-relu")
  record LeakyRelu(@Default("0.3") double slope) implements Slope {
    @Override
    public Layer build(Shape input, Weights weights) {
      return (x, pass) -> io.millrace.tensor.Neural.leakyRelu(x, slope);
    }

    @Override
    public String kind() {
      return "LeakyReLU";
    }
  }

  /**
   * x where positive, else alpha·(eˣ − 1).
   *
   * @param alpha the limit far below 0, negated
   */
  record Elu(@Default("1") double alpha) implements Slope {
    @Override
    public Layer build(Shape input, Weights weights) {
      return (x, pass) -> {
        Tensor below = x.clamp(-1e30, 0).exp().sub(1).mul(alpha);
        return x.relu().add(below);
      };
    }

    @Override
    public String kind() {
      return "ELU";
    }
  }

  /** x where positive, else a trained slope for each number of the row: {@code alpha}, from 0. */
  @Key("prelu")
  record Prelu() implements Slope {
    @Override
    public Layer build(Shape input, Weights weights) {
      Tensor alpha = weights.zeros("alpha", input.sizes());
      return (x, pass) -> x.relu().sub(x.neg().relu().mul(alpha));
    }

    @Override
    public String kind() {
      return "PReLU";
    }
  }
}

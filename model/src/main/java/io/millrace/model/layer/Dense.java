package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.model.ModelException;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/**
 * x·weightᵀ + bias over the last dimension, then an activation. Weights as in PyTorch: {@code
 * weight} [units, inputs], {@code bias} [units].
 *
 * @param units outputs, at least 1
 * @param activation applied at the end
 * @param bias whether there is one
 * @param initializer of the weight; the bias starts at 0
 */
public record Dense(
    int units,
    @Default("linear") Activation activation,
    @Default("true") boolean bias,
    @Default("glorot-uniform") Initializer initializer)
    implements LayerSpec {
  /** Checks the number of units. */
  public Dense {
    if (units < 1) {
      throw new ModelException("dense.units", units);
    }
  }

  /** With a bias, fresh from Glorot's distribution. */
  public Dense(int units, Activation activation) {
    this(units, activation, true, Initializer.GLOROT_UNIFORM);
  }

  @Override
  public Shape output(Shape input) {
    if (input.rank() < 1) {
      throw new ModelException("dense.input", input);
    }
    long[] sizes = input.sizes();
    sizes[sizes.length - 1] = units;
    return Shape.of(sizes);
  }

  @Override
  public Layer build(Shape input, Weights weights) {
    long in = input.size(-1);
    Tensor weight = weights.fresh("weight", initializer, in, units, units, in);
    if (!bias) {
      return (x, pass) -> Neural.linear(x, weight);
    }
    Tensor added = weights.zeros("bias", units);
    return (x, pass) -> Neural.linear(x, weight, added);
  }

  @Override
  public double operations(Shape input) {
    return (double) input.elements() * units;
  }

  /** This layer with an activation. */
  public Dense with(Activation chosen) {
    return new Dense(units, chosen, bias, initializer);
  }

  /** This layer with a rectifier. */
  public Dense relu() {
    return with(Activation.RELU);
  }

  /** This layer with softmax. */
  public Dense softmax() {
    return with(Activation.SOFTMAX);
  }

  /** This layer with a sigmoid. */
  public Dense sigmoid() {
    return with(Activation.SIGMOID);
  }

  /** This layer with a hyperbolic tangent. */
  public Dense tanh() {
    return with(Activation.TANH);
  }
}

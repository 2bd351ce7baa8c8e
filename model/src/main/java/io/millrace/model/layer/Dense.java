package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.model.ModelException;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/**
 * x·weightᵀ + bias, then an activation. Weights as in PyTorch: {@code weight} [units, inputs],
 * {@code bias} [units].
 *
 * @param units outputs, at least 1
 * @param activation applied at the end
 */
public record Dense(int units, @Default("linear") Activation activation) implements LayerSpec {
  /** Checks the number of units. */
  public Dense {
    if (units < 1) {
      throw new ModelException("dense.units", units);
    }
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
    Tensor weight = weights.glorot("weight", in, units, units, in);
    Tensor bias = weights.zeros("bias", units);
    return (x, pass) -> Neural.linear(x, weight, bias);
  }

  @Override
  public double operations(Shape input) {
    return (double) input.elements() * units;
  }

  /** This layer with a rectifier. */
  public Dense relu() {
    return new Dense(units, Activation.RELU);
  }

  /** This layer with softmax. */
  public Dense softmax() {
    return new Dense(units, Activation.SOFTMAX);
  }

  /** This layer with a sigmoid. */
  public Dense sigmoid() {
    return new Dense(units, Activation.SIGMOID);
  }

  /** This layer with a hyperbolic tangent. */
  public Dense tanh() {
    return new Dense(units, Activation.TANH);
  }
}

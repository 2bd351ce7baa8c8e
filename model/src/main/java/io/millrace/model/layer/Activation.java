package io.millrace.model.layer;

import io.millrace.tensor.Neural;
import io.millrace.tensor.Tensor;
import java.util.function.UnaryOperator;

/** The usual activations; definitions and constants are Keras's. */
public enum Activation {
  LINEAR(x -> x),
  RELU(Tensor::relu),
  SIGMOID(Tensor::sigmoid),
  TANH(Tensor::tanh),
  SOFTMAX(x -> Neural.softmax(x, -1)),
  GELU(Neural::gelu),
  SILU(Neural::silu),
  ELU(Neural::elu),
  SELU(Neural::selu),
  SOFTPLUS(Neural::softplus),
  LEAKY_RELU(x -> Neural.leakyRelu(x, 0.2));

  private final UnaryOperator<Tensor> function;

  Activation(UnaryOperator<Tensor> function) {
    this.function = function;
  }

  /** The activation of every element (softmax: of the last dimension). */
  public Tensor apply(Tensor x) {
    return function.apply(x);
  }
}

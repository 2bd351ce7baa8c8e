package io.millrace.model.layer;

import io.millrace.tensor.Neural;
import io.millrace.tensor.Tensor;
import java.util.function.UnaryOperator;

/** The usual activations; definitions and constants are Keras's. */
public enum Activation {
  LINEAR(x -> x),
  RELU(Tensor::relu),
  RELU6(Neural::relu6),
  SIGMOID(Tensor::sigmoid),
  LOG_SIGMOID(Neural::logSigmoid),
  HARD_SIGMOID(Neural::hardSigmoid),
  TANH(Tensor::tanh),
  HARD_TANH(x -> x.clamp(-1, 1)),
  TANH_SHRINK(x -> x.sub(x.tanh())),
  SOFTMAX(x -> Neural.softmax(x, -1)),
  LOG_SOFTMAX(x -> Neural.logSoftmax(x, -1)),
  SOFTSIGN(x -> x.div(x.abs().add(1))),
  SOFTPLUS(Neural::softplus),
  EXPONENTIAL(Tensor::exp),
  GELU(Neural::gelu),
  GELU_TANH(Neural::geluTanh),
  /** x·sigmoid(1.702·x), which CLIP was trained with. */
  QUICK_GELU(x -> x.mul(x.mul(1.702).sigmoid())),
  SILU(Neural::silu),
  SWISH(Neural::silu),
  HARD_SILU(Neural::hardSwish),
  MISH(Neural::mish),
  ELU(Neural::elu),
  SELU(Neural::selu),
  CELU(Neural::celu),
  LEAKY_RELU(x -> Neural.leakyRelu(x, 0.2));

  private final UnaryOperator<Tensor> function;

  Activation(UnaryOperator<Tensor> function) {
    this.function = function;
  }

  /** Whether this is x · sigmoid(x), by either of its names. */
  public boolean isSilu() {
    return this == SILU || this == SWISH;
  }

  /** The activation of every element (softmax: of the last dimension). */
  public Tensor apply(Tensor x) {
    return function.apply(x);
  }
}

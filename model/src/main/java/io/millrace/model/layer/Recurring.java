package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Key;
import io.millrace.model.ModelException;
import io.millrace.tensor.Recurrent;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/**
 * Layers that read a series step by step: [time, features] → [units], or [time, units] with {@code
 * sequences}. Weights {@code weight_ih} [gates·units, features], {@code weight_hh} [gates·units,
 * units], {@code bias_ih} and {@code bias_hh} [gates·units], in PyTorch's order of gates; starting
 * values are Keras's.
 */
public sealed interface Recurring extends LayerSpec {
  /** The state's size. */
  int units();

  /** Whether there is an output for every step. */
  boolean sequences();

  /** Whether a batch begins where the one before ended, row by row. */
  boolean stateful();

  /** The share of inputs dropped while training, the same at every step. */
  double dropout();

  /** Rows of weights for each unit. */
  int gates();

  /** One pass over a series. */
  Recurrent.Result run(Tensor x, Tensor state, Tensor cell, Recurrent.Weights weights);

  /** Makes the weights. */
  Recurrent.Weights weights(long features, Weights weights);

  @Override
  default Shape output(Shape input) {
    if (input.rank() != 2) {
      throw new ModelException("layer.rank", kind(), 2, input, "");
    }
    return sequences() ? Shape.of(input.size(0), units()) : Shape.of(units());
  }

  @Override
  default Layer build(Shape input, Weights weights) {
    return new RecurrentLayer(this, weights(input.size(1), weights), weights);
  }

  @Override
  default double operations(Shape input) {
    return (double) input.size(0) * gates() * units() * (input.size(1) + units());
  }

  private static Tensor kernel(Recurring layer, long features, Weights weights) {
    long rows = (long) layer.gates() * layer.units();
    return weights.glorot("weight_ih", features, rows, rows, features);
  }

  private static Tensor recurrentKernel(Recurring layer, Weights weights) {
    long rows = (long) layer.gates() * layer.units();
    // Keras draws [units, gates·units]: orthogonal rows there are orthogonal columns here.
    return weights.fresh(
        "weight_hh", Initializer.ORTHOGONAL, layer.units(), rows, rows, layer.units());
  }

  private static void check(String name, int units, double dropout) {
    if (units < 1 || !(dropout >= 0 && dropout < 1)) {
      throw new ModelException("recurrent.range", name, units, dropout);
    }
  }

  /**
   * h = tanh(W·x + U·h + b).
   *
   * @param units the state's size
   * @param sequences whether there is an output for every step
   * @param stateful whether a batch begins where the one before ended
   * @param dropout of the inputs
   * @param twoBiases a trained bias for the state as well, as PyTorch has it
   */
  @Key("simple-rnn")
  record SimpleRnn(
      int units,
      @Default("false") boolean sequences,
      @Default("false") boolean stateful,
      @Default("0") double dropout,
      @Default("false") boolean twoBiases)
      implements Recurring {
    /** Checks the numbers. */
    public SimpleRnn {
      check("SimpleRNN", units, dropout);
    }

    @Override
    public int gates() {
      return 1;
    }

    @Override
    public Recurrent.Weights weights(long features, Weights weights) {
      return new Recurrent.Weights(
          kernel(this, features, weights),
          recurrentKernel(this, weights),
          weights.zeros("bias_ih", units),
          RecurrentLayer.stateBias(weights, twoBiases, units));
    }

    @Override
    public Recurrent.Result run(Tensor x, Tensor state, Tensor cell, Recurrent.Weights weights) {
      return Recurrent.simple(x, state, weights);
    }

    @Override
    public String kind() {
      return "SimpleRNN";
    }
  }

  /**
   * Gated recurrent units, the reset gate after the product (Keras's {@code reset_after}).
   *
   * @param units the state's size
   * @param sequences whether there is an output for every step
   * @param stateful whether a batch begins where the one before ended
   * @param dropout of the inputs
   */
  record Gru(
      int units,
      @Default("false") boolean sequences,
      @Default("false") boolean stateful,
      @Default("0") double dropout)
      implements Recurring {
    /** Checks the numbers. */
    public Gru {
      check("GRU", units, dropout);
    }

    @Override
    public int gates() {
      return 3;
    }

    @Override
    public Recurrent.Weights weights(long features, Weights weights) {
      return new Recurrent.Weights(
          kernel(this, features, weights),
          recurrentKernel(this, weights),
          weights.zeros("bias_ih", 3L * units),
          weights.zeros("bias_hh", 3L * units));
    }

    @Override
    public Recurrent.Result run(Tensor x, Tensor state, Tensor cell, Recurrent.Weights weights) {
      return Recurrent.gru(x, state, weights);
    }

    @Override
    public String kind() {
      return "GRU";
    }
  }

  /**
   * Long short-term memory; the forget gate's bias starts at 1.
   *
   * @param units the state's size
   * @param sequences whether there is an output for every step
   * @param stateful whether a batch begins where the one before ended
   * @param dropout of the inputs
   * @param twoBiases a trained bias for the state as well, as PyTorch has it
   */
  record Lstm(
      int units,
      @Default("false") boolean sequences,
      @Default("false") boolean stateful,
      @Default("0") double dropout,
      @Default("false") boolean twoBiases)
      implements Recurring {
    /** Checks the numbers. */
    public Lstm {
      check("LSTM", units, dropout);
    }

    @Override
    public int gates() {
      return 4;
    }

    @Override
    public Recurrent.Weights weights(long features, Weights weights) {
      Tensor kernel = kernel(this, features, weights);
      Tensor recurrent = recurrentKernel(this, weights);
      Tensor bias = weights.zeros("bias_ih", 4L * units);
      try (var mode = io.millrace.tensor.Mode.noGradient();
          var scope = io.millrace.tensor.Scope.open()) {
        bias.narrow(0, units, units).fillInPlace(1);
      }
      return new Recurrent.Weights(
          kernel, recurrent, bias, RecurrentLayer.stateBias(weights, twoBiases, 4L * units));
    }

    @Override
    public Recurrent.Result run(Tensor x, Tensor state, Tensor cell, Recurrent.Weights weights) {
      return Recurrent.lstm(x, state, cell, weights);
    }

    @Override
    public String kind() {
      return "LSTM";
    }
  }
}

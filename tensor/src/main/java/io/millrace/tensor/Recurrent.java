package io.millrace.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * One-layer recurrent networks over [batch, time, features]; gate orders and formulas are
 * PyTorch's. Weights are [gates·units, features] and [gates·units, units], biases [gates·units].
 */
public final class Recurrent {
  static {
    Engine.start();
  }

  private Recurrent() {}

  /** A layer's weights, for the input and for the state before. */
  public record Weights(Tensor input, Tensor state, Tensor inputBias, Tensor stateBias) {
    private List<Tensor> list() {
      return List.of(input, state, inputBias, stateBias);
    }
  }

  /**
   * What comes out.
   *
   * @param outputs [batch, time, units]
   * @param state the last state [batch, units]
   * @param cell the last cell state [batch, units]; the state itself where there is none
   */
  public record Result(Tensor outputs, Tensor state, Tensor cell) {}

  /**
   * Gated recurrent units (Cho et al. 2014), the reset gate after the product, gates in the order
   * reset, update, new.
   *
   * @param start the state before [batch, units]
   */
  public static Result gru(Tensor x, Tensor start, Weights weights) {
    return run("gru", x, start, start, weights, 3);
  }

  /** tanh(W·x + U·h + b). */
  public static Result simple(Tensor x, Tensor start, Weights weights) {
    return run("simple", x, start, start, weights, 1);
  }

  /**
   * Long short-term memory (Hochreiter & Schmidhuber 1997), gates in the order input, forget, cell,
   * output.
   *
   * @param start the state before [batch, units]
   * @param cell the cell state before [batch, units]
   */
  public static Result lstm(Tensor x, Tensor start, Tensor cell, Weights weights) {
    return run("lstm", x, start, cell, weights, 4);
  }

  private static Result run(
      String name, Tensor x, Tensor start, Tensor cell, Weights weights, int gates) {
    check(name, x, start, cell, weights, gates);
    List<Tensor> all = new ArrayList<>(List.of(x, start, cell));
    all.addAll(weights.list());
    // Mixed precision would turn the weights, but not the states, to half.
    List<Tensor> results =
        Call.many(
            name,
            all,
            h -> {
              try (Mode mode = Mode.asStored();
                  TensorVector parameters = new TensorVector(h[3], h[4], h[5], h[6]);
                  var state = h[1].unsqueeze(0);
                  var memory = h[2].unsqueeze(0)) {
                boolean training = org.bytedeco.pytorch.GradMode.is_enabled();
                return switch (gates) {
                  case 1 -> {
                    try (var out =
                        torch.rnn_tanh(
                            h[0], state, parameters, true, 1, 0, training, false, true)) {
                      yield own(out.get0(), out.get1());
                    }
                  }
                  case 3 -> {
                    try (var out =
                        torch.gru(h[0], state, parameters, true, 1, 0, training, false, true)) {
                      yield own(out.get0(), out.get1());
                    }
                  }
                  default -> {
                    try (TensorVector both = new TensorVector(state, memory);
                        var out =
                            torch.lstm(h[0], both, parameters, true, 1, 0, training, false, true)) {
                      yield own(out.get0(), out.get1(), out.get2());
                    }
                  }
                };
              }
            });
    Tensor last = results.get(1).squeeze(0);
    return new Result(results.get(0), last, gates == 4 ? results.get(2).squeeze(0) : last);
  }

  private static org.bytedeco.pytorch.Tensor[] own(org.bytedeco.pytorch.Tensor... results) {
    return Arrays.stream(results)
        .map(org.bytedeco.pytorch.Tensor::new)
        .toArray(org.bytedeco.pytorch.Tensor[]::new);
  }

  private static void check(
      String name, Tensor x, Tensor start, Tensor cell, Weights weights, int gates) {
    Call.require(
        x.rank() == 3 && x.elements() > 0 && x.dtype().isFloating(),
        name,
        "x",
        x.describe(),
        "floats [batch, time, features]");
    long units = start.rank() == 2 ? start.size(1) : -1;
    Shape state = Shape.of(x.size(0), Math.max(1, units));
    fit(name, "start", start, state, x.dtype());
    fit(name, "cell", cell, state, x.dtype());
    long rows = gates * Math.max(1, units);
    fit(name, "weight", weights.input(), Shape.of(rows, x.size(2)), x.dtype());
    fit(name, "weight", weights.state(), Shape.of(rows, Math.max(1, units)), x.dtype());
    fit(name, "bias", weights.inputBias(), Shape.of(rows), x.dtype());
    fit(name, "bias", weights.stateBias(), Shape.of(rows), x.dtype());
  }

  private static void fit(String name, String what, Tensor tensor, Shape shape, DType dtype) {
    Call.require(
        tensor.shape().equals(shape) && tensor.dtype() == dtype,
        name,
        what,
        tensor.describe(),
        shape + " " + dtype);
  }
}

package io.millrace.train;

import io.millrace.model.Network;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Gradient checkpointing (Chen et al. 2016): the forward pass keeps only what lies between
 * stretches of layers; going back, each stretch is computed once more, with the same random
 * numbers.
 */
final class Segments {
  /**
   * What a step gives.
   *
   * @param value the loss
   * @param scores the network's output
   */
  record Result(Objective.Value value, Tensor scores) {}

  private final Network network;
  private final Precision precision;
  private final int[] borders;

  Segments(Network network, int count, Precision precision) {
    this.network = network;
    this.precision = precision;
    int layers = network.plan().steps().size();
    int parts = Math.min(count, layers);
    borders = new int[parts + 1];
    for (int i = 0; i <= parts; i++) {
      borders[i] = i * layers / parts;
    }
  }

  /** One pass there and back; gradients are left at the weights. */
  Result backward(Tensor x, Function<Tensor, Objective.Value> loss) {
    int last = borders.length - 2;
    List<Tensor> between = new ArrayList<>();
    List<byte[]> random = new ArrayList<>();
    Tensor value = x;
    try (Mode mode = Mode.noGradient()) {
      for (int i = 0; i < last; i++) {
        between.add(value);
        random.add(RandomState.capture());
        value = freed(value, i, Layer.Pass.TRAINING);
      }
    }
    // The last stretch keeps its graph: it is needed at once.
    Tensor start = value.detach();
    if (last > 0) {
      start.trackGradient();
    }
    Tensor scores = stretch(start, last, Layer.Pass.TRAINING).to(DType.FLOAT32);
    Objective.Value result = loss.apply(scores);
    if (!Double.isFinite(result.sum().item())) {
      return new Result(result, scores);
    }
    result.sum().backward();
    byte[] after = RandomState.capture();
    Tensor gradient = last > 0 ? start.gradient().orElseThrow() : start;
    for (int i = last - 1; i >= 0; i--) {
      RandomState.restore(random.get(i));
      gradient = back(between.get(i), gradient, i);
    }
    RandomState.restore(after);
    return new Result(result, scores);
  }

  private Tensor back(Tensor input, Tensor gradient, int segment) {
    try (Scope scope = Scope.open()) {
      Tensor start = input.detach();
      if (segment > 0) {
        start.trackGradient();
      }
      Tensor again = stretch(start, segment, Layer.Pass.REPEATED);
      again.backward(gradient.to(again.dtype()));
      return segment > 0 ? scope.keep(start.gradient().orElseThrow()) : gradient;
    }
  }

  private Tensor freed(Tensor x, int segment, Layer.Pass pass) {
    try (Scope scope = Scope.open()) {
      return scope.keep(stretch(x, segment, pass));
    }
  }

  private Tensor stretch(Tensor x, int segment, Layer.Pass pass) {
    if (precision == Precision.FLOAT32) {
      return network.stretch(x, borders[segment], borders[segment + 1], pass);
    }
    try (Mode mode = Mode.autocast()) {
      return network.stretch(x, borders[segment], borders[segment + 1], pass);
    }
  }
}

package io.millrace.model.architecture;

import io.millrace.model.transformer.Source;
import io.millrace.tensor.Recurrent;
import io.millrace.tensor.Tensor;

/** One layer of a recurrent model with its weights, named as in PyTorch. */
final class RecurrentLayer {
  private final RecurrentModel.Cell kind;
  private final Recurrent.Weights weights;

  RecurrentLayer(RecurrentModel.Cell kind, long in, long units, Source source) {
    this.kind = kind;
    long rows = kind.gates() * units;
    weights =
        new Recurrent.Weights(
            source.take("input.weight", rows, in),
            source.take("state.weight", rows, units),
            source.take("input.bias", rows),
            source.take("state.bias", rows));
  }

  /**
   * All steps.
   *
   * @param x [batch, time, in]
   * @param start the state before, and that of the cell; the same where there is none
   */
  Recurrent.Result run(Tensor x, RecurrentCache.State start) {
    return switch (kind) {
      case GRU -> Recurrent.gru(x, start.hidden(), weights);
      case LSTM -> Recurrent.lstm(x, start.hidden(), start.cell(), weights);
    };
  }
}

package io.millrace.train;

import io.millrace.data.Batch;
import io.millrace.model.Network;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Tensor;
import java.util.Map;

/** Finds where a loss stopped being a number. */
final class NotFinite {
  private NotFinite() {}

  static TrainException explain(Training training, Batch batch, Tensor x, double loss) {
    int step = (training.epoch - 1) * training.steps() + training.step + 1;
    try (Mode mode = Mode.noGradient()) {
      if (!finite(x)) {
        return new TrainException("nan.input", step, training.epoch, rows(batch));
      }
      for (Map.Entry<String, Tensor> weight : training.network().parameters().entrySet()) {
        if (!finite(weight.getValue())) {
          return new TrainException("nan.weight", step, training.epoch, loss, weight.getKey());
        }
      }
      Network network = training.network();
      boolean scores = finite(network.scores(x, Layer.Pass.INFERENCE));
      int last = network.description().layers().size() - 1;
      return new TrainException(
          scores ? "nan.loss" : "nan.output",
          step,
          training.epoch,
          loss,
          last + " " + network.description().layers().getLast().kind());
    }
  }

  private static boolean finite(Tensor tensor) {
    return tensor.isFinite().all().item() == 1;
  }

  private static String rows(Batch batch) {
    int[] rows = batch.rows();
    return rows.length + ": " + rows[0] + " …";
  }
}

package io.millrace.train;

import io.millrace.data.Batch;
import io.millrace.model.Network;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Finds where a number stopped being one: the first layer, the step, the rows. */
final class NotFinite {
  private static final int SHOWN = 5;

  private NotFinite() {}

  static TrainException explain(
      Training training, Network network, Batch batch, List<Tensor> inputs, double loss) {
    long step = training.totalSteps() + 1;
    try (Mode mode = Mode.noGradient()) {
      for (Tensor x : inputs) {
        if (!finite(x)) {
          return new TrainException("nan.input", step, training.epoch, rows(x, batch));
        }
      }
      for (Map.Entry<String, Tensor> weight : network.state().entrySet()) {
        if (!finite(weight.getValue())) {
          return new TrainException("nan.weight", step, training.epoch, loss, weight.getKey());
        }
      }
      List<String> found = new ArrayList<>();
      network.observed(
          inputs,
          Layer.Pass.REPEATED,
          (layer, output) -> {
            if (found.isEmpty() && !finite(output)) {
              found.add(layer.label());
              found.add(rows(output, batch));
            }
          });
      return found.isEmpty()
          ? new TrainException("nan.loss", step, training.epoch, loss)
          : new TrainException(
              "nan.output", step, training.epoch, loss, found.get(0), found.get(1));
    }
  }

  /** The anomaly mode's check after going back: the first weight whose gradient is no number. */
  static void checkGradients(Training training, Batch batch, List<Tensor> inputs) {
    try (Mode mode = Mode.noGradient()) {
      for (Map.Entry<String, Tensor> weight : training.trained().parameters().entrySet()) {
        if (!finite(weight.getValue().gradient().orElseThrow())) {
          throw new TrainException(
              "nan.gradient",
              training.totalSteps() + 1,
              training.epoch,
              weight.getKey(),
              rows(inputs.getFirst(), batch));
        }
      }
    }
  }

  private static boolean finite(Tensor tensor) {
    return tensor.isFinite().all().item() == 1;
  }

  /** The numbers in the data set, from 1, of the rows that are not finite; else of the batch. */
  private static String rows(Tensor tensor, Batch batch) {
    int[] numbers = batch.rows();
    List<Integer> bad = new ArrayList<>();
    if (tensor.rank() > 0 && tensor.size(0) == numbers.length) {
      Tensor finite = tensor.isFinite().reshape(numbers.length, -1);
      for (int i = 0; i < numbers.length; i++) {
        if (finite.select(0, i).all().item() != 1) {
          bad.add(numbers[i] + 1);
        }
      }
    }
    if (bad.isEmpty()) {
      IntStream.of(numbers).map(row -> row + 1).forEach(bad::add);
    }
    String text = bad.subList(0, Math.min(SHOWN, bad.size())).toString();
    return text.substring(1, text.length() - 1) + (bad.size() > SHOWN ? " …" : "");
  }
}

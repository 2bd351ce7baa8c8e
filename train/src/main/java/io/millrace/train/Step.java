package io.millrace.train;

import io.millrace.data.Batch;
import io.millrace.model.Network;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.TensorList;
import io.millrace.train.metric.Metric;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Forward, backward and what happens to gradients before the optimizer takes them. */
final class Step {
  private final Trainer trainer;
  private final Objective objective;
  private final Training training;
  private final Network network;
  private final List<Tensor> parameters;
  private double pending;
  private int gathered;

  Step(Trainer trainer, Objective objective, Training training, Network network) {
    this.trainer = trainer;
    this.objective = objective;
    this.training = training;
    this.network = network;
    this.parameters = List.copyOf(network.parameters().values());
  }

  /**
   * Takes in a batch, and changes the weights when enough are gathered.
   *
   * @param last whether no more comes in this epoch
   * @return whether the weights changed
   */
  boolean take(Batch batch, boolean last) {
    try (Scope scope = Scope.open()) {
      List<Tensor> inputs = batch.inputs(network.plan().inputs().keySet());
      boolean alone = trainer.accumulate == 1 && objective.isPlain(batch);
      Objective.Value value;
      List<Tensor> scores;
      double number;
      if (trainer.segments > 1) {
        Segments segments = new Segments(network, trainer.segments, trainer.precision);
        Segments.Result result =
            segments.backward(inputs.getFirst(), s -> loss(List.of(s), batch, alone));
        value = result.value();
        scores = List.of(result.scores());
        number = checked(value, batch, inputs, alone);
      } else {
        scores = forward(inputs);
        value = loss(scores, batch, alone);
        number = checked(value, batch, inputs, alone);
        value.sum().backward();
      }
      observe(scores, batch);
      double weight = alone ? batch.size() : value.count();
      training.sum += alone ? number * weight : number;
      training.weight += weight;
      training.lastLoss = alone ? number : number / weight;
      pending += alone ? 0 : value.count();
      if (++gathered < trainer.accumulate && !last) {
        return false;
      }
      change(batch, inputs);
      return true;
    }
  }

  private List<Tensor> forward(List<Tensor> inputs) {
    if (trainer.precision == Precision.FLOAT32) {
      return network.scores(inputs, Layer.Pass.TRAINING);
    }
    List<Tensor> scores = new ArrayList<>();
    try (Mode mode = Mode.autocast()) {
      for (Tensor one : network.scores(inputs, Layer.Pass.TRAINING)) {
        scores.add(one.to(DType.FLOAT32));
      }
    }
    return scores;
  }

  private Objective.Value loss(List<Tensor> scores, Batch batch, boolean alone) {
    return alone
        ? new Objective.Value(objective.mean(scores, network.plan(), batch), 0)
        : objective.sum(scores, network.plan(), batch);
  }

  /** The loss as a number, asked for once a step. */
  private double checked(Objective.Value value, Batch batch, List<Tensor> inputs, boolean alone) {
    double number = value.sum().item();
    if (!Double.isFinite(number)) {
      double mean = alone || value.count() == 0 ? number : number / value.count();
      throw NotFinite.explain(training, network, batch, inputs, mean);
    }
    return number;
  }

  private void observe(List<Tensor> scores, Batch batch) {
    if (training.counts.isEmpty()) {
      return;
    }
    try (Mode mode = Mode.noGradient()) {
      Tensor targets = batch.targets();
      Tensor first = scores.getFirst().detach();
      for (Metric.Count count : training.counts) {
        count.add(first, network.lastActivation(), targets);
      }
    }
  }

  /** Scales to the mean over all gathered, clips, and lets the optimizer step. */
  private void change(Batch batch, List<Tensor> inputs) {
    if (pending > 0 || trainer.clipNorm > 0 || trainer.clipValue > 0 || trainer.anomaly) {
      try (TensorList gradients = TensorList.gradients(parameters)) {
        if (pending > 0) {
          gradients.mulInPlace(1 / pending);
        }
        if (trainer.anomaly) {
          NotFinite.checkGradients(training, batch, inputs);
        }
        if (trainer.clipValue > 0) {
          gradients.clampInPlace(trainer.clipValue);
        }
        if (trainer.clipNorm > 0) {
          Gradients.clip(gradients, trainer.clipNorm);
        }
      }
    }
    training.optimizer().step();
    pending = 0;
    gathered = 0;
    @Nullable RunningAverage average = training.average;
    if (average != null) {
      average.stepped();
    }
  }
}

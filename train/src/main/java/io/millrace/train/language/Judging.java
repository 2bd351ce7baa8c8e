package io.millrace.train.language;

import io.millrace.data.language.Reading;
import io.millrace.model.architecture.Architecture;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A lesson whose loss is made of what a whole pass says. */
abstract class Judging implements Lesson {
  private final Pretrained model;

  /**
   * @param head how the architecture's name ends
   * @param task what the lesson is for, for messages
   * @throws TrainException if the model has another head
   */
  Judging(Pretrained model, String head, String task) {
    String architecture = model.config().path("architectures").path(0).asString("");
    if (!architecture.endsWith(head)) {
      throw new TrainException("lesson.head", architecture, task);
    }
    this.model = model;
  }

  final Pretrained model() {
    return model;
  }

  /** What the model says of texts, by name. */
  final Map<String, Tensor> said(
      List<Reading> texts, long padding, boolean mixed, Layer.Pass pass) {
    return said(Texts.padded(texts, padding, model.architecture().inputs()), mixed, pass);
  }

  /** What the model says of inputs, by name. */
  final Map<String, Tensor> said(Inputs inputs, boolean mixed, Layer.Pass pass) {
    Architecture architecture = model.architecture();
    return Computed.in(mixed, () -> architecture.forward(inputs, pass));
  }

  /** One of the things that a model says. */
  static Tensor of(Map<String, Tensor> said, String name) {
    return Objects.requireNonNull(said.get(name));
  }

  /** The summed loss of these examples, in the current scope. */
  abstract Tensor loss(int[] examples, boolean mixed, Layer.Pass pass, Tally tally);

  /** What {@link #measure} reports besides the loss, of what {@link #loss} counted. */
  abstract void report(Tally tally, Map<String, Double> values);

  @Override
  public double weight(int[] examples) {
    return examples.length;
  }

  @Override
  public double learn(int[] examples, double scale, boolean mixed) {
    try (Scope scope = Scope.open()) {
      Tensor loss = loss(examples, mixed, Layer.Pass.TRAINING, Tally.NONE);
      double sum = loss.detach().item();
      if (Double.isFinite(sum)) {
        loss.mul(scale).backward();
      }
      return sum;
    }
  }

  @Override
  public Map<String, Double> measure(int batch, boolean mixed) {
    Tally tally = new Tally();
    double sum = 0;
    double weight = 0;
    try (Mode mode = Mode.noGradient()) {
      for (int[] some : Order.sorted(count(), batch, this::length)) {
        try (Scope scope = Scope.open()) {
          sum += loss(some, mixed, Layer.Pass.INFERENCE, tally).item();
          weight += weight(some);
        }
      }
    }
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", sum / weight);
    report(tally, values);
    return values;
  }
}

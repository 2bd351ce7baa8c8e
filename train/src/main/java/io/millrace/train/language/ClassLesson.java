package io.millrace.train.language;

import io.millrace.data.language.Classified;
import io.millrace.data.language.Reading;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.DType;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.TrainException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Texts and their classes. Watched: {@code loss}, {@code accuracy}, {@code f1} (macro). */
public final class ClassLesson extends Judging {
  private final Pretrained model;
  private final List<Classified> examples;
  private final long padding;
  private final double smoothing;

  /**
   * A lesson.
   *
   * @param padding the id that fills short rows
   * @param smoothing the share of a target that all classes have alike, from 0 to less than 1
   * @throws TrainException if the model does not say classes of texts
   */
  public ClassLesson(Pretrained model, List<Classified> examples, long padding, double smoothing) {
    if (!String.valueOf(model.config().path("architectures").path(0))
        .contains("SequenceClassification")) {
      throw new TrainException("lesson.head", model.config().path("architectures"), "classify");
    }
    this.model = model;
    this.examples = List.copyOf(examples);
    this.padding = padding;
    this.smoothing = smoothing;
  }

  @Override
  public int count() {
    return examples.size();
  }

  @Override
  public int length(int example) {
    return examples.get(example).text().ids().length;
  }

  @Override
  public String description() {
    return examples.size() + " texts of classes, smoothing " + smoothing;
  }

  @Override
  Tensor loss(int[] some, boolean mixed, Layer.Pass pass, Tally tally) {
    List<Reading> texts = Arrays.stream(some).mapToObj(i -> examples.get(i).text()).toList();
    Padded batch = Padded.of(texts, padding);
    var architecture = model.architecture();
    Tensor scores =
        Computed.in(
            mixed,
            () ->
                Objects.requireNonNull(
                    architecture.forward(batch.inputs(architecture), pass).get("logits")));
    Tensor targets =
        Tensors.of(
            Arrays.stream(some).mapToLong(i -> examples.get(i).label()).toArray(), some.length);
    tally.keep(some, () -> Rows.of(scores));
    return Scored.loss(scores, targets, pass.isTraining() ? smoothing : 0).sum();
  }

  @Override
  void report(Tally tally, Map<String, Double> values) {
    Confusion confusion = new Confusion();
    for (int i = 0; i < examples.size(); i++) {
      confusion.add(examples.get(i).label(), Rows.largest(tally.of(i)));
    }
    values.put("accuracy", confusion.accuracy());
    values.put("f1", confusion.f1());
  }

  /** The scores of each example in order, for reports and ensembles. */
  public float[][] scores(int batch, boolean mixed) {
    Tally tally = new Tally();
    try (io.millrace.tensor.Mode mode = io.millrace.tensor.Mode.noGradient()) {
      for (int[] some : Order.sorted(count(), batch, this::length)) {
        try (io.millrace.tensor.Scope scope = io.millrace.tensor.Scope.open()) {
          loss(some, mixed, Layer.Pass.INFERENCE, tally).to(DType.FLOAT32);
        }
      }
    }
    float[][] all = new float[count()][];
    for (int i = 0; i < all.length; i++) {
      all[i] = tally.of(i);
    }
    return all;
  }
}

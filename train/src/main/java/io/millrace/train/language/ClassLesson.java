package io.millrace.train.language;

import io.millrace.data.language.Classified;
import io.millrace.data.language.Reading;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.TrainException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Texts and their classes. Watched: {@code loss}, {@code accuracy}, {@code f1} (macro). */
public final class ClassLesson extends Judging {
  private final List<Classified> examples;
  private final long padding;
  private final double smoothing;
  private final Blanks blanks;

  /**
   * A lesson.
   *
   * @param padding the id that fills short rows
   * @param smoothing the share of a target that all classes have alike, from 0 to less than 1
   * @param blanks words that are hidden while classes are learned
   * @throws TrainException if the model does not say classes of texts
   */
  public ClassLesson(
      Pretrained model, List<Classified> examples, long padding, double smoothing, Blanks blanks) {
    super(model, "ForSequenceClassification", "classify");
    this.examples = List.copyOf(examples);
    this.padding = padding;
    this.smoothing = smoothing;
    this.blanks = blanks;
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
    return examples.size() + " texts of classes, smoothing " + smoothing + ", " + blanks;
  }

  @Override
  Tensor loss(int[] some, boolean mixed, Layer.Pass pass, Tally tally) {
    List<Reading> texts = Arrays.stream(some).mapToObj(i -> examples.get(i).text()).toList();
    Inputs inputs = Texts.padded(texts, padding, model().architecture().inputs());
    Tensor scores = of(said(pass.isTraining() ? blanks.in(inputs) : inputs, mixed, pass), "logits");
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
}

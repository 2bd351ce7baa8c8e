package io.millrace.train.language;

import io.millrace.data.language.Reading;
import io.millrace.data.language.Tagged;
import io.millrace.data.language.TokenRow;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.TrainException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Words and their tags. Watched: {@code loss}, {@code accuracy} of words, and, where tags begin
 * with {@code B-} and {@code I-}, {@code f1} of whole names as CoNLL 2003 counts them.
 */
public final class TagLesson extends Judging {
  private final List<Tagged> examples;
  private final long padding;

  /**
   * A lesson.
   *
   * @param padding the id that fills short rows
   * @throws TrainException if the model does not say classes of tokens
   */
  public TagLesson(Pretrained model, List<Tagged> examples, long padding) {
    super(model, "ForTokenClassification", "tag");
    this.examples = List.copyOf(examples);
    this.padding = padding;
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
    return examples.size() + " texts with tags";
  }

  @Override
  public double weight(int[] some) {
    return Arrays.stream(some).mapToLong(i -> tagged(examples.get(i))).sum();
  }

  private static long tagged(Tagged one) {
    return Arrays.stream(one.tags()).filter(tag -> tag != TokenRow.IGNORED).count();
  }

  @Override
  Tensor loss(int[] some, boolean mixed, Layer.Pass pass, Tally tally) {
    List<Reading> texts = Arrays.stream(some).mapToObj(i -> examples.get(i).text()).toList();
    Tensor scores = of(said(texts, padding, mixed, pass), "logits");
    int time = (int) scores.size(1);
    List<Long> places = new ArrayList<>();
    List<Long> targets = new ArrayList<>();
    for (int row = 0; row < some.length; row++) {
      long[] tags = examples.get(some[row]).tags();
      for (int i = 0; i < tags.length; i++) {
        if (tags[i] != TokenRow.IGNORED) {
          places.add((long) row * time + i);
          targets.add(tags[i]);
        }
      }
    }
    tally.keep(some, () -> Rows.of(scores));
    Tensor chosen =
        scores.reshape(-1, scores.size(2)).indexSelect(0, Tensors.of(array(places), places.size()));
    return Scored.loss(chosen, Tensors.of(array(targets), targets.size()), 0).sum();
  }

  private static long[] array(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  @Override
  void report(Tally tally, Map<String, Double> values) {
    List<String> names = model().labels();
    Names found = new Names();
    double right = 0;
    double all = 0;
    for (int example = 0; example < examples.size(); example++) {
      long[] tags = examples.get(example).tags();
      float[] scores = tally.of(example);
      List<String> is = new ArrayList<>();
      List<String> said = new ArrayList<>();
      for (int i = 0; i < tags.length; i++) {
        if (tags[i] != TokenRow.IGNORED) {
          int best = Rows.largest(scores, i * names.size(), (i + 1) * names.size());
          is.add(names.get((int) tags[i]));
          said.add(names.get(best));
          right += best == tags[i] ? 1 : 0;
          all++;
        }
      }
      found.add(is, said);
    }
    values.put("accuracy", right / all);
    if (names.stream().anyMatch(name -> name.startsWith("B-"))) {
      values.put("f1", found.f1());
    }
  }
}

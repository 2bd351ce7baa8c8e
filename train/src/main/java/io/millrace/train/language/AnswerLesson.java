package io.millrace.train.language;

import io.millrace.data.language.AnswerWindow;
import io.millrace.data.language.Reading;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.TrainException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Questions whose answers stand in a text. Watched: {@code loss}, {@code exact} (the answer is, to
 * the letter, one of those) and {@code f1} of its words, as SQuAD counts; Chinese by character, as
 * CMRC 2018 does.
 */
public final class AnswerLesson extends Judging {
  private static final int LONGEST = 30;

  private final List<AnswerWindow.Question> questions;
  private final List<AnswerWindow> windows;
  private final long padding;

  /**
   * A lesson.
   *
   * @param windows the questions' stretches
   * @param padding the id that fills short rows
   * @throws TrainException if the model does not say where answers stand
   */
  public AnswerLesson(
      Pretrained model,
      List<AnswerWindow.Question> questions,
      List<AnswerWindow> windows,
      long padding) {
    super(model, "ForQuestionAnswering", "answer");
    this.questions = List.copyOf(questions);
    this.windows = List.copyOf(windows);
    this.padding = padding;
  }

  @Override
  public int count() {
    return windows.size();
  }

  @Override
  public int length(int example) {
    return windows.get(example).text().ids().length;
  }

  @Override
  public String description() {
    return questions.size() + " questions in " + windows.size() + " stretches";
  }

  @Override
  Tensor loss(int[] some, boolean mixed, Layer.Pass pass, Tally tally) {
    List<Reading> texts = Arrays.stream(some).mapToObj(i -> windows.get(i).text()).toList();
    Map<String, Tensor> said = said(texts, padding, mixed, pass);
    Tensor starts = of(said, "start_logits");
    Tensor ends = of(said, "end_logits");
    tally.keep(some, () -> Rows.of(Tensor.concat(List.of(starts, ends), 1)));
    Tensor first = places(some, true);
    Tensor last = places(some, false);
    return Scored.loss(starts, first, 0).add(Scored.loss(ends, last, 0)).sum().div(2);
  }

  private Tensor places(int[] some, boolean start) {
    long[] places =
        Arrays.stream(some)
            .mapToLong(i -> start ? windows.get(i).start() : windows.get(i).end())
            .toArray();
    return Tensors.of(places, places.length);
  }

  @Override
  void report(Tally tally, Map<String, Double> values) {
    Map<Integer, Float> best = new HashMap<>();
    Map<Integer, String> answers = new HashMap<>();
    for (int i = 0; i < windows.size(); i++) {
      AnswerWindow window = windows.get(i);
      float[] scores = tally.of(i);
      int time = scores.length / 2;
      for (int start = 0; start < window.starts().length; start++) {
        int most = Math.min(window.starts().length, start + LONGEST);
        for (int end = start; end < most; end++) {
          float score = scores[window.first() + start] + scores[time + window.first() + end];
          if (score > best.getOrDefault(window.question(), Float.NEGATIVE_INFINITY)) {
            best.put(window.question(), score);
            String context = questions.get(window.question()).context();
            answers.put(
                window.question(), context.substring(window.starts()[start], window.ends()[end]));
          }
        }
      }
    }
    double exact = 0;
    double f1 = 0;
    for (int i = 0; i < questions.size(); i++) {
      String said = answers.getOrDefault(i, "");
      double own = 0;
      boolean same = false;
      for (String right : questions.get(i).answers()) {
        same |= AnswerWords.of(right).equals(AnswerWords.of(said));
        own = Math.max(own, AnswerWords.f1(right, said));
      }
      exact += same ? 1 : 0;
      f1 += own;
    }
    values.put("exact", exact / questions.size());
    values.put("f1", f1 / questions.size());
  }
}

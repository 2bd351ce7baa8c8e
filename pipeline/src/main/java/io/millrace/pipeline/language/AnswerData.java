package io.millrace.pipeline.language;

import io.millrace.data.language.AnswerWindow;
import io.millrace.data.language.PairFrame;
import io.millrace.data.language.QuestionFile;
import io.millrace.data.language.Reading;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.folder.Recast;
import io.millrace.train.language.AnswerLesson;
import io.millrace.train.language.Lesson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Questions whose answers stand in a text. */
record AnswerData(
    Sides<AnswerWindow.Question> questions, Recast recast, Tokenizer tokenizer, int width)
    implements TaskData {
  static AnswerData read(TuneSpec spec, Path place, Tokenizer tokenizer) {
    return new AnswerData(
        Sides.read(spec, place, QuestionFile::read, AnswerWindow.Question::context),
        new Recast(Recast.Task.ANSWERS, List.of(), Sides.padding(tokenizer)),
        tokenizer,
        spec.data().width());
  }

  private List<AnswerWindow> windows(List<AnswerWindow.Question> some) {
    PairFrame frame = PairFrame.of(tokenizer);
    List<AnswerWindow> all = new ArrayList<>();
    for (int i = 0; i < some.size(); i++) {
      all.addAll(AnswerWindow.of(tokenizer, frame, some.get(i), i, width));
    }
    return all;
  }

  @Override
  public @Nullable Lesson lesson(Pretrained model, Side side) {
    List<AnswerWindow.Question> some = questions.of(side);
    Integer padding = recast.padding();
    return some.isEmpty()
        ? null
        : new AnswerLesson(model, some, windows(some), padding == null ? 0 : padding);
  }

  @Override
  public List<List<Reading>> learned() {
    return windows(questions.train()).stream().map(one -> List.of(one.text())).toList();
  }

  /** A context is looked at in stretches, so that nothing of it is lost. */
  @Override
  public int cut() {
    return 0;
  }
}

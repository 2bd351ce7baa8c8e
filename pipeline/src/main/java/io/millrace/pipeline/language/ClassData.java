package io.millrace.pipeline.language;

import io.millrace.data.DataException;
import io.millrace.data.language.Classified;
import io.millrace.data.language.PairFrame;
import io.millrace.data.language.Reading;
import io.millrace.data.language.TextTable;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.folder.Recast;
import io.millrace.pipeline.PipelineException;
import io.millrace.train.language.Blanks;
import io.millrace.train.language.ClassLesson;
import io.millrace.train.language.Lesson;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Texts, or pairs of texts, and their classes. */
record ClassData(Sides<Classified> examples, Recast recast, double smoothing, Blanks blanks)
    implements TaskData {
  static ClassData read(TuneSpec spec, Path place, Tokenizer tokenizer) {
    Sides<TextTable.Row> rows = Sides.rows(spec, place);
    TreeSet<String> labels = new TreeSet<>();
    rows.train().forEach(row -> labels.add(row.text(spec.data().label())));
    if (labels.size() < 2) {
      throw new DataException("row.classes", labels.isEmpty() ? "-" : labels.first());
    }
    Recast recast =
        new Recast(
            Recast.Task.CLASSES,
            List.copyOf(labels),
            Sides.padding(tokenizer),
            spec.train().pooling(),
            spec.train().words());
    Map<String, Integer> numbers = recast.numbers();
    String pair = spec.data().pair();
    @Nullable PairFrame frame = pair == null ? null : PairFrame.of(tokenizer);
    int width = spec.data().width();
    Sides<Classified> examples =
        rows.map(
            row -> {
              String text = row.text(spec.data().key());
              String label = row.text(spec.data().label());
              Integer number = numbers.get(label);
              if (number == null) {
                throw new DataException("row.label", row.place(), label, labels);
              }
              return new Classified(
                  pair == null || frame == null
                      ? Reading.of(tokenizer, text, width)
                      : Reading.of(tokenizer, frame, text, row.text(pair), width),
                  number);
            });
    return new ClassData(
        examples, recast, spec.train().smoothing(), blanks(spec.train().blank(), tokenizer));
  }

  /** Words are hidden by the token that hides them, or else by the one for unknown words. */
  private static Blanks blanks(double share, Tokenizer tokenizer) {
    if (share == 0) {
      return Blanks.NONE;
    }
    Map<String, String> roles = tokenizer.specials().byRole();
    String token = roles.getOrDefault("mask_token", roles.getOrDefault("unk_token", ""));
    Integer mask = tokenizer.id(token);
    if (mask == null) {
      throw new PipelineException("tune.mask");
    }
    return new Blanks(share, mask, List.copyOf(Sides.special(tokenizer)));
  }

  @Override
  public @Nullable Lesson lesson(Pretrained model, Side side) {
    List<Classified> some = examples.of(side);
    Integer padding = recast.padding();
    return some.isEmpty()
        ? null
        : new ClassLesson(model, some, padding == null ? 0 : padding, smoothing, blanks);
  }

  @Override
  public List<List<Reading>> learned() {
    return examples.train().stream().map(one -> List.of(one.text())).toList();
  }
}

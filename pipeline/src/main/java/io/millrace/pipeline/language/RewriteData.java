package io.millrace.pipeline.language;

import io.millrace.data.language.Reading;
import io.millrace.data.language.Rewriting;
import io.millrace.data.language.TextTable;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.folder.Recast;
import io.millrace.train.language.Lesson;
import io.millrace.train.language.WritingLesson;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Texts and what is written of them.
 *
 * @param rows the texts themselves
 * @param key the column that is read
 * @param target the column that is written
 */
record RewriteData(
    Sides<TextTable.Row> rows,
    Sides<Rewriting> examples,
    int padding,
    double smoothing,
    String key,
    String target)
    implements TaskData {
  static RewriteData read(TuneSpec spec, Path place, Tokenizer tokenizer) {
    Sides<TextTable.Row> rows = Sides.rows(spec, place);
    TuneSpec.Data data = spec.data();
    String end = tokenizer.specials().eos();
    Integer last = end == null ? null : tokenizer.id(end);
    Sides<Rewriting> examples =
        rows.map(
            row ->
                new Rewriting(
                    Reading.of(tokenizer, row.text(data.key()), data.width()),
                    ended(Reading.of(tokenizer, row.text(data.target()), data.width()), last)));
    return new RewriteData(
        rows,
        examples,
        Sides.padding(tokenizer),
        spec.train().smoothing(),
        data.key(),
        data.target());
  }

  /** With the token that ends a text, where the tokenizer adds none. */
  private static Reading ended(Reading text, @Nullable Integer end) {
    long[] ids = text.ids();
    if (end == null || (ids.length > 0 && ids[ids.length - 1] == end)) {
      return text;
    }
    long[] more = Arrays.copyOf(ids, ids.length + 1);
    more[ids.length] = end;
    return new Reading(more, Arrays.copyOf(text.types(), more.length), text.cut());
  }

  @Override
  public @Nullable Recast recast() {
    return null;
  }

  @Override
  public @Nullable Lesson lesson(Pretrained model, Side side) {
    List<Rewriting> some = examples.of(side);
    return some.isEmpty() ? null : new WritingLesson(model, some, padding, smoothing);
  }

  /** Of what is measured in the end, else of what is watched. */
  @Override
  public List<Asked> asked(int count) {
    List<TextTable.Row> from = rows.test().isEmpty() ? rows.validation() : rows.test();
    return from.stream()
        .limit(count)
        .map(row -> new Asked(row.text(key), List.of(), row.text(target)))
        .toList();
  }

  @Override
  public List<List<Reading>> learned() {
    return examples.train().stream().map(one -> List.of(one.source(), one.target())).toList();
  }
}

package io.millrace.pipeline.language;

import io.millrace.data.DataException;
import io.millrace.data.language.ConllFile;
import io.millrace.data.language.Reading;
import io.millrace.data.language.Tagged;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.folder.Recast;
import io.millrace.train.language.Lesson;
import io.millrace.train.language.TagLesson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Texts whose words have tags. */
record TagData(Sides<Tagged> examples, Recast recast) implements TaskData {
  static TagData read(TuneSpec spec, Path place, Tokenizer tokenizer) {
    TuneSpec.Data data = spec.data();
    Sides<ConllFile.Words> rows =
        Sides.read(
            spec,
            place,
            file -> ConllFile.read(file, data.key(), data.label()),
            row -> String.join(" ", row.words()));
    TreeSet<String> labels = new TreeSet<>();
    rows.train().forEach(row -> labels.addAll(row.tags()));
    if (labels.size() < 2) {
      throw new DataException("row.classes", labels.isEmpty() ? "-" : labels.first());
    }
    // What is no name comes first, as is usual.
    List<String> names = new ArrayList<>(labels);
    if (names.remove("O")) {
      names.addFirst("O");
    }
    Recast recast = new Recast(Recast.Task.TAGS, names, Sides.padding(tokenizer));
    Map<String, Integer> numbers = recast.numbers();
    Sides<Tagged> examples =
        rows.map(
            row -> {
              List<Integer> tags = new ArrayList<>();
              for (String tag : row.tags()) {
                Integer number = numbers.get(tag);
                if (number == null) {
                  throw new DataException("row.label", row.place(), tag, names);
                }
                tags.add(number);
              }
              return Tagged.of(tokenizer, row.words(), tags, data.width(), row.place());
            });
    return new TagData(examples, recast);
  }

  @Override
  public @Nullable Lesson lesson(Pretrained model, Side side) {
    List<Tagged> some = examples.of(side);
    Integer padding = recast.padding();
    return some.isEmpty() ? null : new TagLesson(model, some, padding == null ? 0 : padding);
  }

  @Override
  public List<List<Reading>> learned() {
    return examples.train().stream().map(one -> List.of(one.text())).toList();
  }
}

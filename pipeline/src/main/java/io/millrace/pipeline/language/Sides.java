package io.millrace.pipeline.language;

import io.millrace.data.language.TextTable;
import io.millrace.data.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

/** What is learned, what is watched, and what is measured in the end. */
record Sides<T>(List<T> train, List<T> validation, List<T> test) {
  List<T> of(TaskData.Side side) {
    return switch (side) {
      case TRAIN -> train;
      case VALIDATION -> validation;
      case TEST -> test;
    };
  }

  /**
   * A spec's files. Where it names none to watch or to measure, a share of the others is taken;
   * what has the same key lies on the same side, so that nothing that is learned is measured.
   *
   * @param key by which rows belong together, for example their text
   */
  static <T> Sides<T> read(
      TuneSpec spec, Path place, Function<Path, List<T>> reader, Function<T, String> key) {
    List<T> train = all(spec.data().train(), place, reader);
    List<T> validation = all(spec.data().validation(), place, reader);
    List<T> test = all(spec.data().test(), place, reader);
    List<String> keys = new ArrayList<>(new LinkedHashSet<>(train.stream().map(key).toList()));
    Collections.shuffle(keys, new Random(spec.seed()));
    int all = keys.size();
    int tested = test.isEmpty() ? share(spec.data().tested(), all) : 0;
    int watched = validation.isEmpty() ? share(spec.data().held(), all) : 0;
    Set<String> last = new HashSet<>(keys.subList(0, tested));
    Set<String> middle = new HashSet<>(keys.subList(tested, tested + watched));
    List<T> learned = new ArrayList<>();
    for (T one : train) {
      String of = key.apply(one);
      (last.contains(of) ? test : middle.contains(of) ? validation : learned).add(one);
    }
    return new Sides<>(learned, validation, test);
  }

  private static int share(double share, int all) {
    return share == 0 || all < 2 ? 0 : Math.max(1, (int) Math.round(share * all));
  }

  private static <T> List<T> all(List<String> files, Path place, Function<Path, List<T>> reader) {
    List<T> all = new ArrayList<>();
    files.forEach(file -> all.addAll(reader.apply(place.resolve(file))));
    return all;
  }

  /** A spec's tables, in which rows with the same text belong together. */
  static Sides<TextTable.Row> rows(TuneSpec spec, Path place) {
    String key = spec.data().key();
    return read(
        spec, place, file -> TextTable.read(file, spec.data().columns()), row -> row.text(key));
  }

  /** Other things of the same rows. */
  <R> Sides<R> map(Function<T, R> change) {
    return new Sides<>(
        train.stream().map(change).toList(),
        validation.stream().map(change).toList(),
        test.stream().map(change).toList());
  }

  /** The ids that are no words. */
  static Set<Long> special(Tokenizer tokenizer) {
    Set<Long> special = new LinkedHashSet<>();
    for (long id = 0; id < tokenizer.size(); id++) {
      if (tokenizer.isSpecial(id)) {
        special.add(id);
      }
    }
    return special;
  }

  /** The id that fills short rows. */
  static int padding(Tokenizer tokenizer) {
    String pad = tokenizer.specials().pad();
    String end = tokenizer.specials().eos();
    Integer id = pad == null ? null : tokenizer.id(pad);
    if (id == null && end != null) {
      id = tokenizer.id(end);
    }
    return id == null ? 0 : id;
  }
}

package io.millrace.pipeline.language;

import io.millrace.data.language.Reading;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.folder.Recast;
import io.millrace.train.language.Lesson;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A spec's files as examples of a task: to learn, to watch, and to measure in the end. */
interface TaskData {
  /** What examples are for. */
  enum Side {
    TRAIN,
    VALIDATION,
    TEST
  }

  /** The head that the task wants. */
  @Nullable Recast recast();

  /** The examples of a side as a lesson for a model; absent where there are none. */
  @Nullable Lesson lesson(Pretrained model, Side side);

  /** The texts of each example that is learned; empty lists for pictures. */
  List<List<Reading>> learned();

  /** How many examples are learned. */
  default int count() {
    return learned().size();
  }

  /** Tokens of what is learned. */
  default long tokens() {
    return learned().stream().flatMap(List::stream).mapToLong(text -> text.ids().length).sum();
  }

  /** How many examples had a text that was longer than a row and lost its end. */
  default int cut() {
    return (int) learned().stream().filter(texts -> texts.stream().anyMatch(Reading::cut)).count();
  }

  /** What the model is asked to write in the end; empty for those that write nothing. */
  default List<Asked> asked(int count) {
    return List.of();
  }

  /** What else belongs into the folder that is written. */
  default void complete(Path folder) {}

  /**
   * Reads a spec's files.
   *
   * @param place where the spec's paths begin
   * @param folder the model's
   */
  static TaskData read(TuneSpec spec, Path place, Path folder, Tokenizer tokenizer) {
    return switch (spec.task()) {
      case CLASSIFY -> ClassData.read(spec, place, tokenizer);
      case TAG -> TagData.read(spec, place, tokenizer);
      case ANSWER -> AnswerData.read(spec, place, tokenizer);
      case REWRITE -> RewriteData.read(spec, place, tokenizer);
      case EMBED -> MeaningData.read(spec, place, tokenizer);
      default -> throw new IllegalStateException(spec.task() + " has no rows of its own");
    };
  }
}

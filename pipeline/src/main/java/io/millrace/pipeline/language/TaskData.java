package io.millrace.pipeline.language;

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

  /** How many examples are learned. */
  int count();

  /** Tokens of what is learned. */
  long tokens();

  /** How many texts were longer than a row and lost their end. */
  int cut();

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

package io.millrace.model.folder;

import io.millrace.model.architecture.Head;
import io.millrace.model.transformer.Projection;
import io.millrace.model.transformer.Source;
import org.jspecify.annotations.Nullable;

/** What folders put behind the last block besides language heads. */
final class Heads {
  private Heads() {}

  /** Two scores for each token: whether an answer starts and ends there. */
  static Head answer(Source source, int hidden) {
    return new Head.OfAnswer(Projection.of(source.inside("answer"), true, hidden, 2));
  }

  /** Classes by the text's end, as BART and T5 have them. */
  static Head end(Source source, int hidden, int classes, long end) {
    Source place = source.inside("judge");
    return new Head.OfEnd(
        Projection.of(place.inside("dense"), true, hidden, hidden),
        Projection.of(place.inside("classifier"), true, hidden, classes),
        end);
  }

  /** The heads of models that read from left to right; absent where a role has none. */
  static @Nullable Head reading(
      String role, Source source, int hidden, int classes, @Nullable Integer padding) {
    return switch (role) {
      case "ForSequenceClassification" ->
          new Head.OfLast(Projection.of(source.inside("score"), false, hidden, classes), padding);
      case "ForTokenClassification" ->
          new Head.OfTokens(Projection.of(source.inside("classifier"), true, hidden, classes), 0.1);
      case "ForQuestionAnswering" -> answer(source, hidden);
      default -> null;
    };
  }
}

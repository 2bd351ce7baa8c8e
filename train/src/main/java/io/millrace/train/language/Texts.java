package io.millrace.train.language;

import io.millrace.data.language.Reading;
import io.millrace.model.architecture.Inputs;
import java.util.List;
import java.util.Set;

/** Texts as a model reads them together. */
final class Texts {
  private Texts() {}

  static Inputs padded(List<Reading> texts, long padding, Set<String> names) {
    return Inputs.padded(
        texts.stream().map(Reading::ids).toList(),
        texts.stream().map(Reading::types).toList(),
        padding,
        names);
  }
}

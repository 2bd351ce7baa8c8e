package io.millrace.pipeline.language;

import io.millrace.data.language.Sample;
import io.millrace.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * A stretch of a sample as text.
 *
 * @param learned whether the model learns to write it
 */
public record MarkedText(String text, boolean learned) {
  /** A sample's stretches, special tokens spelled out. */
  static List<MarkedText> of(Sample sample, Tokenizer tokenizer) {
    List<MarkedText> all = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= sample.ids().length; i++) {
      if (i == sample.ids().length || sample.trained()[i] != sample.trained()[from]) {
        long[] ids = new long[i - from];
        for (int j = from; j < i; j++) {
          ids[j - from] = sample.ids()[j];
        }
        all.add(new MarkedText(tokenizer.decode(ids, true), sample.trained()[from]));
        from = i;
      }
    }
    return all;
  }
}

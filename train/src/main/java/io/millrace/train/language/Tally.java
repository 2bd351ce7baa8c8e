package io.millrace.train.language;

import java.util.TreeMap;
import java.util.function.Supplier;

/** What models said of examples, by the examples' numbers. */
final class Tally {
  /** Keeps nothing, as in training. */
  static final Tally NONE = new Tally();

  private final TreeMap<Integer, float[]> said = new TreeMap<>();

  /** Keeps what was said of an example, unless this keeps nothing. */
  void keep(int[] examples, Supplier<float[][]> each) {
    if (this != NONE) {
      float[][] all = each.get();
      for (int i = 0; i < examples.length; i++) {
        said.put(examples[i], all[i]);
      }
    }
  }

  /** What was said of an example. */
  float[] of(int example) {
    return java.util.Objects.requireNonNull(said.get(example));
  }
}

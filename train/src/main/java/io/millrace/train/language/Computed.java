package io.millrace.train.language;

import io.millrace.tensor.Mode;
import java.util.function.Supplier;

/** Where products are in bfloat16 and where not. */
final class Computed {
  private Computed() {}

  static <T> T in(boolean mixed, Supplier<T> work) {
    if (!mixed) {
      return work.get();
    }
    try (Mode mode = Mode.autocast()) {
      return work.get();
    }
  }
}

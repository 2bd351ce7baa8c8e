package io.millrace.train.optimizer;

import io.millrace.train.TrainException;

/** Checks that several optimizers share. */
final class Ranges {
  private Ranges() {}

  /** Refuses settings unless they hold; the message shows all of them. */
  static void check(String optimizer, boolean holds, Object settings, String expected) {
    if (!holds) {
      throw new TrainException("optimizer.range", optimizer, settings, expected);
    }
  }

  /** A rate above 0, a decay from 0, and factors from 0 to less than 1. */
  static void common(
      String optimizer, Object settings, double rate, double decay, double... factors) {
    boolean holds = rate > 0 && rate < Double.POSITIVE_INFINITY && decay >= 0;
    for (double factor : factors) {
      holds &= factor >= 0 && factor < 1;
    }
    check(optimizer, holds, settings, "rate > 0, decay ≥ 0, 0 ≤ factors < 1");
  }
}

package io.millrace.train;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.OneOf;

/** A mean of weights over time, which validation and the result use instead of the last ones. */
@OneOf({Average.Ema.class, Average.Swa.class})
public sealed interface Average {
  /**
   * An exponential mean over steps.
   *
   * @param decay how much of the mean stays each step, from 0 to less than 1
   */
  record Ema(@Default("0.999") double decay) implements Average {
    /** Checks the share. */
    public Ema {
      if (!(decay >= 0 && decay < 1)) {
        throw new TrainException("average.decay", decay);
      }
    }
  }

  /**
   * The plain mean over epochs (Izmailov et al. 2018), running statistics included.
   *
   * @param from the first epoch that counts, from 1
   */
  record Swa(@Default("1") int from) implements Average {
    /** Checks the epoch. */
    public Swa {
      if (from < 1) {
        throw new TrainException("average.from", from);
      }
    }
  }
}

package io.millrace.train.schedule;

import io.millrace.ground.spec.Default;
import io.millrace.train.TrainException;

/**
 * Smaller when a metric has not improved for some epochs, as {@code ReduceLROnPlateau}. The trainer
 * keeps a {@link Watch} of it.
 *
 * @param metric what is watched
 * @param factor what each change multiplies by
 * @param patience epochs without improvement that are let pass
 * @param threshold by which share a value must be better to count
 * @param cooldown epochs after a change in which nothing counts
 * @param least the smallest factor
 */
public record Plateau(
    @Default("val_loss") String metric,
    @Default("0.1") double factor,
    @Default("10") int patience,
    @Default("0.0001") double threshold,
    @Default("0") int cooldown,
    @Default("0") double least)
    implements Schedule {
  /** Checks the ranges. */
  public Plateau {
    if (!(factor > 0 && factor < 1) || patience < 0 || cooldown < 0 || threshold < 0) {
      throw new TrainException("schedule.range", "plateau", factor + ", " + patience);
    }
  }

  @Override
  public double factor(long step, long total) {
    return 1;
  }

  /** The running count. */
  public static final class Watch {
    private final Plateau settings;
    private double best = Double.NaN;
    private double bad;
    private double cooling;
    private double now = 1;

    /** Begins with the factor 1. */
    public Watch(Plateau settings) {
      this.settings = settings;
    }

    /** Takes in an epoch's value; smaller is better where {@code falling}. */
    public void saw(double value, boolean falling) {
      double margin = settings.threshold();
      boolean better =
          Double.isNaN(best)
              || (falling ? value < best * (1 - margin) : value > best * (1 + margin));
      if (better) {
        best = value;
        bad = 0;
      } else {
        bad++;
      }
      if (cooling > 0) {
        cooling--;
        bad = 0;
      }
      if (bad > settings.patience()) {
        now = Math.max(now * settings.factor(), settings.least());
        cooling = settings.cooldown();
        bad = 0;
      }
    }

    /** The metric that is watched. */
    public String metric() {
      return settings.metric();
    }

    /** The factor now. */
    public double factor() {
      return now;
    }

    /** All that it remembers. */
    public double[] state() {
      return new double[] {best, bad, cooling, now};
    }

    /** Takes over what {@link #state} gave. */
    public void restore(double[] state) {
      best = state[0];
      bad = state[1];
      cooling = state[2];
      now = state[3];
    }
  }
}

package io.millrace.train.schedule;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Key;
import io.millrace.ground.spec.OneOf;
import io.millrace.train.TrainException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The step length as a factor of the optimizer's. Lengths count optimizer steps, or epochs where
 * the training says so; where one is left out it is the whole training.
 */
@OneOf({
  Schedule.Constant.class,
  Schedule.Step.class,
  Schedule.Exponential.class,
  Schedule.Polynomial.class,
  Schedule.Cosine.class,
  Schedule.Warmup.class,
  Schedule.OneCycle.class,
  Schedule.Wsd.class,
  Plateau.class
})
public interface Schedule {
  /**
   * The factor.
   *
   * @param step steps done so far, from 0
   * @param total steps of the whole training
   */
  double factor(long step, long total);

  /** The steps that the schedule needs at least; more than the training has is an error. */
  default long length() {
    return 0;
  }

  /** Refuses a schedule that is longer than the training. */
  default void check(long total) {
    if (length() > total) {
      throw new TrainException("schedule.long", getClass().getSimpleName(), length(), total);
    }
  }

  /** Always the same. */
  record Constant() implements Schedule {
    @Override
    public double factor(long step, long total) {
      return 1;
    }
  }

  /**
   * Smaller every so many steps, as {@code StepLR}; or at given steps, as {@code MultiStepLR}.
   *
   * @param every steps between changes; 0 where {@code at} is given
   * @param factor what each change multiplies by
   * @param at the steps at which it changes
   */
  record Step(@Default("0") long every, @Default("0.1") double factor, @Default("[]") List<Long> at)
      implements Schedule {
    /** Checks that one of the two is given. */
    public Step {
      at = List.copyOf(at);
      require("step", (every > 0) == at.isEmpty() && factor > 0, every + ", " + at);
    }

    @Override
    public double factor(long step, long total) {
      long changes = every > 0 ? step / every : at.stream().filter(place -> place <= step).count();
      return Math.pow(factor, changes);
    }

    @Override
    public long length() {
      return every > 0 ? every : at.stream().mapToLong(v -> v).max().orElse(0);
    }
  }

  /**
   * Multiplied every step, as {@code ExponentialLR}.
   *
   * @param factor from 0 to 1
   */
  record Exponential(@Default("0.95") double factor) implements Schedule {
    /** Checks the factor. */
    public Exponential {
      require("exponential", factor > 0 && factor <= 1, factor);
    }

    @Override
    public double factor(long step, long total) {
      return Math.pow(factor, step);
    }
  }

  /**
   * (1 − step / steps)^power, then 0, as {@code PolynomialLR}; power 1 is a straight line.
   *
   * @param steps the length; absent: the whole training
   * @param power above 0
   * @param end the factor at the end
   */
  record Polynomial(@Nullable Long steps, @Default("1") double power, @Default("0") double end)
      implements Schedule {
    /** Checks the ranges. */
    public Polynomial {
      require("polynomial", power > 0 && end >= 0 && (steps == null || steps > 0), power);
    }

    @Override
    public double factor(long step, long total) {
      double done = Math.min(1, (double) step / (steps == null ? total : steps));
      return end + (1 - end) * Math.pow(1 - done, power);
    }

    @Override
    public long length() {
      return steps == null ? 0 : steps;
    }
  }

  /**
   * Half a cosine from 1 down to the end (Loshchilov & Hutter 2017), as {@code CosineAnnealingLR};
   * with restarts as {@code CosineAnnealingWarmRestarts}.
   *
   * @param steps the length of the (first) period; absent: the whole training
   * @param end the factor at a period's end
   * @param restarts how much longer each period is than the one before; absent: a single one
   */
  record Cosine(@Nullable Long steps, @Default("0") double end, @Nullable Integer restarts)
      implements Schedule {
    /** Checks the ranges. */
    public Cosine {
      require(
          "cosine",
          end >= 0 && (steps == null || steps > 0) && (restarts == null || restarts >= 1),
          steps + ", " + end + ", " + restarts);
    }

    @Override
    public double factor(long step, long total) {
      double period = steps == null ? total : steps;
      double at = step;
      if (restarts != null) {
        while (at >= period) {
          at -= period;
          period *= restarts;
        }
      }
      return end + (1 - end) * (1 + Math.cos(Math.PI * Math.min(1, at / period))) / 2;
    }

    @Override
    public long length() {
      return steps == null ? 0 : steps;
    }
  }

  /**
   * A straight line up to 1, then another schedule, which counts from there; as {@code LinearLR} in
   * a {@code SequentialLR}.
   *
   * @param steps the length of the line
   * @param start the factor at the beginning
   * @param then what follows
   */
  record Warmup(long steps, @Default("0") double start, @Default("constant") Schedule then)
      implements Schedule {
    /** Checks the ranges. */
    public Warmup {
      require("warmup", steps > 0 && start >= 0 && start <= 1, steps + ", " + start);
    }

    @Override
    public double factor(long step, long total) {
      return step < steps
          ? start + (1 - start) * step / steps
          : then.factor(step - steps, Math.max(1, total - steps));
    }

    @Override
    public long length() {
      return steps + then.length();
    }
  }

  /**
   * Up and down by cosines (Smith & Topin 2018), as {@code OneCycleLR}; the optimizer's rate is the
   * highest.
   *
   * @param up the share of the training that goes up
   * @param start the highest divided by the first
   * @param end the first divided by the last
   */
  record OneCycle(
      @Default("0.3") double up, @Default("25") double start, @Default("10000") double end)
      implements Schedule {
    /** Checks the ranges. */
    public OneCycle {
      require("one-cycle", up > 0 && up < 1 && start >= 1 && end >= 1, up);
    }

    @Override
    public double factor(long step, long total) {
      double top = up * total - 1;
      double last = total - 1.0;
      double first = 1 / start;
      return step <= top
          ? between(first, 1, step / top)
          : between(1, first / end, Math.min(1, (step - top) / (last - top)));
    }

    private static double between(double from, double to, double share) {
      return to + (from - to) / 2 * (1 + Math.cos(Math.PI * share));
    }
  }

  /**
   * Warm-up, stable, decay (Hu et al. 2024): straight up, flat, and down by 1 − √share at the end.
   *
   * @param warmup steps up
   * @param decay steps down; absent: a tenth of the training
   * @param end the factor at the end
   */
  @Key("wsd")
  record Wsd(@Default("0") long warmup, @Nullable Long decay, @Default("0") double end)
      implements Schedule {
    /** Checks the ranges. */
    public Wsd {
      require("wsd", warmup >= 0 && (decay == null || decay > 0) && end >= 0, warmup);
    }

    @Override
    public double factor(long step, long total) {
      long down = decay == null ? Math.max(1, total / 10) : decay;
      if (step < warmup) {
        return (double) step / warmup;
      }
      if (step < total - down) {
        return 1;
      }
      double share = Math.min(1, (double) (step - (total - down)) / down);
      return end + (1 - end) * (1 - Math.sqrt(share));
    }

    @Override
    public long length() {
      return warmup + (decay == null ? 0 : decay);
    }
  }

  private static void require(String name, boolean holds, Object values) {
    if (!holds) {
      throw new TrainException("schedule.range", name, values);
    }
  }
}

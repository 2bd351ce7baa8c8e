package io.millrace.cli;

import io.millrace.tensor.DType;
import io.millrace.tensor.PeakSpeed;
import io.millrace.train.History;
import io.millrace.train.Precision;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import java.util.Locale;
import java.util.Map;

/** One line that moves while training, and one that stays for each epoch. */
final class ProgressLine implements TrainingListener {
  private static final long EVERY = 100_000_000L;
  private static final int BAR = 20;
  private static final int MOST_LINES = 100;

  private final boolean terminal = Console.isTerminal();
  private long started;
  private long shown;
  private long before;
  private double peak;

  /** Tells of a training how much of the machine it uses. */
  ProgressLine of(Precision precision) {
    if (terminal) {
      peak = PeakSpeed.measure(precision == Precision.BF16 ? DType.BFLOAT16 : DType.FLOAT32);
    }
    return this;
  }

  @Override
  public void started(Training training) {
    started = System.nanoTime();
    shown = started;
    before = training.totalSteps();
  }

  @Override
  public void stepped(Training training) {
    long now = System.nanoTime();
    // The first moments, in which code is still compiled, would promise too much time.
    if (!terminal || now - shown < EVERY || now - started < 5 * EVERY) {
      return;
    }
    shown = now;
    long done = training.totalSteps();
    long all = (long) training.epochs() * training.steps();
    double seconds = (now - started) / 1e9;
    // A resumed training has done some steps in another life.
    long here = done - before;
    double left = seconds * (all - done) / here;
    int filled = (int) (BAR * done / all);
    Console.progress(
        Text.of(
            "progress",
            "█".repeat(filled) + "░".repeat(BAR - filled),
            100 * done / all,
            training.epoch() + "/" + training.epochs(),
            speed(training, here, seconds),
            String.format(Locale.ROOT, "%.4f", training.loss()),
            String.format(Locale.ROOT, "%.0f", Math.ceil(left)),
            training.waiting() < 0.005
                ? ""
                : Text.of("waiting", Math.round(100 * training.waiting()))));
  }

  /** Rows or tokens a second; of tokens also how much of the machine they use. */
  private String speed(Training training, long steps, double seconds) {
    if (training.tokens() == 0) {
      return Text.of("progress.rows", "%,.0f".formatted(steps * training.batch() / seconds));
    }
    String tokens = "%,.0f".formatted(training.tokens() / seconds);
    if (peak == 0 || training.operations() == 0) {
      return Text.of("progress.tokens", tokens);
    }
    return Text.of(
        "progress.used", tokens, Math.round(100 * training.operations() / seconds / peak));
  }

  @Override
  public void finished(Training training, History.Epoch epoch) {
    int every = Math.max(1, training.epochs() / MOST_LINES);
    if (epoch.number() % every != 0 && epoch.number() != training.epochs()) {
      return;
    }
    StringBuilder values = new StringBuilder();
    for (Map.Entry<String, Double> value : epoch.values().entrySet()) {
      if (value.getKey().equals("rate")) {
        continue;
      }
      values.append("  ").append(value.getKey()).append(' ');
      values.append(String.format(Locale.ROOT, "%.4f", value.getValue()));
    }
    if (terminal) {
      Console.progress("");
      Console.progress(Text.of("epoch", epoch.number(), training.epochs(), values));
      Console.endProgress();
    } else {
      Console.info(Text.of("epoch", epoch.number(), training.epochs(), values));
    }
  }

  @Override
  public void ended(Training training) {
    for (String failure : training.failures()) {
      Console.info(Text.of("listener.failed", failure));
    }
  }
}

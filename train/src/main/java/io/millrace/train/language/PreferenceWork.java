package io.millrace.train.language;

import io.millrace.data.language.Preference;
import io.millrace.data.language.Preferences;
import io.millrace.data.language.Sample;
import io.millrace.data.language.TokenRow;
import io.millrace.train.Course;
import io.millrace.train.optimizer.Optimizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Direct preference optimization (Rafailov et al. 2023): −log σ(β·((c − c₀) − (r − r₀))), where c
 * and r are the log-probabilities of the chosen and the rejected answer, and those with 0 the ones
 * of the model at the start. The gradient at a token's log-probability is the same for a whole
 * answer, so that the answers are computed once to know it and once more to go back.
 */
final class PreferenceWork implements Course.Work {
  private final Preferences pairs;
  private final @Nullable Preferences held;
  private final double beta;
  private final int batch;
  private final int accumulate;
  private final TokenStep step;
  private final Updates updates;
  private final double[][] before;
  private final double[][] beforeHeld;

  /**
   * @param step without dropout, as in the paper's implementation
   */
  PreferenceWork(
      Preferences pairs,
      @Nullable Preferences held,
      double beta,
      int batch,
      int accumulate,
      TokenStep step,
      Updates updates) {
    this.pairs = pairs;
    this.held = held;
    this.beta = beta;
    this.batch = batch;
    this.accumulate = accumulate;
    this.step = step;
    this.updates = updates;
    this.before = all(pairs);
    this.beforeHeld = held == null ? new double[0][] : all(held);
  }

  /** Losses of chosen and rejected answers by number. */
  private double[][] all(Preferences some) {
    double[][] losses = new double[some.count()][];
    for (int from = 0; from < losses.length; from += batch) {
      List<Integer> numbers = new ArrayList<>();
      for (int i = from; i < Math.min(losses.length, from + batch); i++) {
        numbers.add(i);
      }
      double[][] found = losses(some, numbers);
      System.arraycopy(found, 0, losses, from, found.length);
    }
    return losses;
  }

  private double[][] losses(Preferences some, List<Integer> numbers) {
    double[] sums = step.losses(batch(some, numbers));
    double[][] losses = new double[numbers.size()][];
    for (int i = 0; i < losses.length; i++) {
      losses[i] = new double[] {sums[i], sums[numbers.size() + i]};
    }
    return losses;
  }

  /** Chosen answers first, then the rejected ones. */
  private static TokenBatch batch(Preferences some, List<Integer> numbers) {
    List<TokenRow> rows = new ArrayList<>();
    for (boolean chosen : new boolean[] {true, false}) {
      for (int number : numbers) {
        Preference pair = some.get(number);
        Sample sample = chosen ? pair.chosen() : pair.rejected();
        rows.add(TokenRow.of(List.of(sample), sample.ids().length));
      }
    }
    return new TokenBatch(rows);
  }

  /** β times by how much the chosen answer gained more than the rejected one. */
  private double margin(double[] now, double[] then) {
    return beta * ((then[0] - now[0]) - (then[1] - now[1]));
  }

  private static double loss(double margin) {
    return margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
  }

  @Override
  public Course.Taken step(Optimizer optimizer, int epoch, int number) {
    int first = number * batch * accumulate;
    int last = Math.min(pairs.count(), first + batch * accumulate);
    double sum = 0;
    long places = 0;
    for (int from = first; from < last; from += batch) {
      List<Integer> numbers = new ArrayList<>();
      for (int i = from; i < Math.min(last, from + batch); i++) {
        numbers.add(pairs.number(epoch, i));
      }
      double[][] now = losses(pairs, numbers);
      TokenBatch both = batch(pairs, numbers);
      places += both.places();
      double[] weights = new double[2 * numbers.size()];
      for (int i = 0; i < numbers.size(); i++) {
        double margin = margin(now[i], before[numbers.get(i)]);
        sum += loss(margin);
        double pull = beta / (1 + Math.exp(margin)) / (last - first);
        weights[i] = pull;
        weights[numbers.size() + i] = -pull;
      }
      if (Double.isFinite(sum)) {
        step.backward(both, weights);
      }
    }
    if (Double.isFinite(sum)) {
      updates.apply(optimizer);
    }
    return new Course.Taken(sum, last - first, places);
  }

  @Override
  public Map<String, Double> validate() {
    Map<String, Double> values = new LinkedHashMap<>();
    if (held == null) {
      return values;
    }
    double[][] now = all(held);
    double sum = 0;
    double right = 0;
    for (int i = 0; i < now.length; i++) {
      double margin = margin(now[i], beforeHeld[i]);
      sum += loss(margin);
      right += margin > 0 ? 1 : 0;
    }
    values.put("val_loss", sum / now.length);
    values.put("val_preferred", right / now.length);
    return values;
  }
}

package io.millrace.train.metric;

import io.millrace.model.layer.Activation;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The area under the ROC curve: how probable it is that a row of a class scores higher than one
 * that is not. Exact, ties count half; with several classes or labels the mean over each against
 * the rest.
 */
public record Auc() implements Metric {
  @Override
  public String name() {
    return "auc";
  }

  @Override
  public Count start() {
    return new Running();
  }

  /**
   * The area for scores of rows that are of the class or not.
   *
   * @param truths whether each row is
   * @return NaN where all rows are alike
   */
  public static double of(double[] scores, boolean[] truths) {
    Integer[] order = new Integer[scores.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    java.util.Arrays.sort(order, Comparator.comparingDouble(i -> scores[i]));
    double ranks = 0;
    long yes = 0;
    for (int from = 0; from < order.length; ) {
      int to = from;
      while (to < order.length && scores[order[to]] == scores[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        if (truths[order[i]]) {
          ranks += (from + 1 + to) / 2.0;
          yes++;
        }
      }
      from = to;
    }
    long no = scores.length - yes;
    return yes == 0 || no == 0 ? Double.NaN : (ranks - yes * (yes + 1) / 2.0) / ((double) yes * no);
  }

  private static final class Running implements Count {
    private final List<double[]> rows = new ArrayList<>();
    private int width;

    @Override
    public void add(Tensor scores, Activation last, Tensor targets) {
      Tensor flat = Labels.flat(last.apply(scores));
      width = (int) flat.size(-1);
      double[] values = flat.toDoubles();
      double[] truths =
          Labels.isMultiLabel(scores, targets, last)
              ? targets.toDoubles()
              : Labels.wanted(targets, scores).toDoubles();
      boolean labels = truths.length == values.length && width > 1;
      for (int row = 0; row < values.length / width; row++) {
        double[] one = new double[2 * width];
        System.arraycopy(values, row * width, one, 0, width);
        for (int c = 0; c < width; c++) {
          one[width + c] =
              labels
                  ? truths[row * width + c]
                  : width == 1 ? truths[row] : truths[row] == c ? 1 : 0;
        }
        rows.add(one);
      }
    }

    @Override
    public double value() {
      double sum = 0;
      int counted = 0;
      for (int c = 0; c < width; c++) {
        int column = c;
        double[] scores = rows.stream().mapToDouble(row -> row[column]).toArray();
        boolean[] truths = new boolean[scores.length];
        for (int i = 0; i < truths.length; i++) {
          truths[i] = rows.get(i)[width + c] > 0.5;
        }
        double area = of(scores, truths);
        if (!Double.isNaN(area)) {
          sum += area;
          counted++;
        }
      }
      return counted == 0 ? Double.NaN : sum / counted;
    }

    @Override
    public double[] state() {
      double[] all = new double[1 + rows.size() * 2 * width];
      all[0] = width;
      for (int i = 0; i < rows.size(); i++) {
        System.arraycopy(rows.get(i), 0, all, 1 + i * 2 * width, 2 * width);
      }
      return all;
    }

    @Override
    public void restore(double[] state) {
      width = (int) state[0];
      rows.clear();
      for (int from = 1; from < state.length; from += 2 * width) {
        rows.add(java.util.Arrays.copyOfRange(state, from, from + 2 * width));
      }
    }
  }
}

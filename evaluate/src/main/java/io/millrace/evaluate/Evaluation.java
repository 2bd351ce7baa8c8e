package io.millrace.evaluate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was measured on held-out rows. */
public sealed interface Evaluation {
  /** The number of rows. */
  int rows();

  /** The figures by name. */
  Map<String, Double> metrics();

  /**
   * Classes: figures as scikit-learn defines them; a class that was never predicted has precision
   * 0.
   *
   * @param classes the classes' names
   * @param confusion rows [truth][prediction]
   * @param logLoss the mean −log of the true class's probability, probabilities held off 0 by 1e-15
   */
  record Classification(List<String> classes, int[][] confusion, double logLoss)
      implements Evaluation {
    @Override
    public int rows() {
      int sum = 0;
      for (int[] row : confusion) {
        for (int count : row) {
          sum += count;
        }
      }
      return sum;
    }

    /** The share of rows that were hit. */
    public double accuracy() {
      int hits = 0;
      for (int c = 0; c < confusion.length; c++) {
        hits += confusion[c][c];
      }
      return (double) hits / rows();
    }

    /** Of the rows said to be of a class, the share that are. */
    public double precision(int c) {
      return ratio(confusion[c][c], predicted(c));
    }

    /** Of the rows of a class, the share that were found. */
    public double recall(int c) {
      return ratio(confusion[c][c], actual(c));
    }

    /** The harmonic mean of precision and recall. */
    public double f1(int c) {
      return ratio(2.0 * confusion[c][c], predicted(c) + actual(c));
    }

    /** The number of rows of a class. */
    public int actual(int c) {
      int sum = 0;
      for (int count : confusion[c]) {
        sum += count;
      }
      return sum;
    }

    /** The number of rows said to be of a class. */
    public int predicted(int c) {
      int sum = 0;
      for (int[] row : confusion) {
        sum += row[c];
      }
      return sum;
    }

    @Override
    public Map<String, Double> metrics() {
      double precision = 0;
      double recall = 0;
      double f1 = 0;
      for (int c = 0; c < confusion.length; c++) {
        precision += precision(c) / confusion.length;
        recall += recall(c) / confusion.length;
        f1 += f1(c) / confusion.length;
      }
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("accuracy", accuracy());
      metrics.put("precision", precision);
      metrics.put("recall", recall);
      metrics.put("f1", f1);
      metrics.put("log-loss", logLoss);
      return metrics;
    }

    private static double ratio(double part, double whole) {
      return whole == 0 ? 0 : part / whole;
    }
  }

  /**
   * Numbers.
   *
   * @param meanSquaredError mean squared difference
   * @param meanAbsoluteError mean absolute difference
   * @param r2 1 − squared error / squared error of the mean; 0 where the truth is constant
   */
  record Regression(int rows, double meanSquaredError, double meanAbsoluteError, double r2)
      implements Evaluation {
    @Override
    public Map<String, Double> metrics() {
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("mse", meanSquaredError);
      metrics.put("rmse", Math.sqrt(meanSquaredError));
      metrics.put("mae", meanAbsoluteError);
      metrics.put("r2", r2);
      return metrics;
    }
  }
}

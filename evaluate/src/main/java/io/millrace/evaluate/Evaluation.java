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
   * @param rankings for each class how well its probability orders rows
   * @param calibration whether probabilities mean what they say
   */
  record Classification(
      List<String> classes,
      int[][] confusion,
      double logLoss,
      List<Ranking> rankings,
      Calibration calibration)
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
      double auc =
          rankings.stream()
              .mapToDouble(Ranking::auc)
              .filter(Double::isFinite)
              .average()
              .orElse(Double.NaN);
      if (Double.isFinite(auc)) {
        metrics.put("auc", auc);
      }
      metrics.put("calibration-error", calibration.expectedError());
      return metrics;
    }

    private static double ratio(double part, double whole) {
      return whole == 0 ? 0 : part / whole;
    }
  }

  /**
   * Several labels at once; a label is said where its probability is above one half.
   *
   * @param labels the labels' names
   * @param counts for each label: said and true, said and false, not said and true
   * @param allRight the share of rows with every label right
   * @param rankings for each label how well its probability orders rows
   */
  record MultiLabel(
      int rows, List<String> labels, int[][] counts, double allRight, List<Ranking> rankings)
      implements Evaluation {
    /** The harmonic mean of precision and recall of a label. */
    public double f1(int label) {
      int[] own = counts[label];
      int below = 2 * own[0] + own[1] + own[2];
      return below == 0 ? 0 : 2.0 * own[0] / below;
    }

    @Override
    public Map<String, Double> metrics() {
      int[] all = new int[3];
      double macro = 0;
      for (int label = 0; label < counts.length; label++) {
        macro += f1(label) / counts.length;
        for (int i = 0; i < 3; i++) {
          all[i] += counts[label][i];
        }
      }
      int below = 2 * all[0] + all[1] + all[2];
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("all-right", allRight);
      metrics.put("hamming-loss", (double) (all[1] + all[2]) / rows / counts.length);
      metrics.put("f1", macro);
      metrics.put("f1-micro", below == 0 ? 0 : 2.0 * all[0] / below);
      double auc =
          rankings.stream()
              .mapToDouble(Ranking::auc)
              .filter(Double::isFinite)
              .average()
              .orElse(Double.NaN);
      if (Double.isFinite(auc)) {
        metrics.put("auc", auc);
      }
      return metrics;
    }
  }

  /**
   * A class for every step of a row.
   *
   * @param steps how many counted
   * @param accuracy the share that was hit
   * @param logLoss the mean −log of the true class's probability
   */
  record Sequences(int rows, long steps, double accuracy, double logLoss) implements Evaluation {
    @Override
    public Map<String, Double> metrics() {
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("accuracy", accuracy);
      metrics.put("log-loss", logLoss);
      metrics.put("perplexity", Math.exp(logLoss));
      return metrics;
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

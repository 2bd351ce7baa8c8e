package io.millrace.evaluate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How well scores order rows of a class before the others.
 *
 * @param roc false against true positive rate, from (0, 0) to (1, 1)
 * @param precisionRecall recall against precision, from recall 0
 * @param auc the area under {@code roc}, ties counting half; NaN where all rows are alike
 * @param averagePrecision Σ (change of recall)·precision, as scikit-learn defines it
 */
public record Ranking(
    List<Point> roc, List<Point> precisionRecall, double auc, double averagePrecision) {
  private static final int MOST_POINTS = 200;

  /** A point of a curve. */
  public record Point(double x, double y) {}

  /** Copies the curves. */
  public Ranking {
    roc = List.copyOf(roc);
    precisionRecall = List.copyOf(precisionRecall);
  }

  /**
   * Works the curves out.
   *
   * @param scores one a row
   * @param truths whether each row is of the class
   */
  public static Ranking of(double[] scores, boolean[] truths) {
    Integer[] order = new Integer[scores.length];
    int yes = 0;
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
      yes += truths[i] ? 1 : 0;
    }
    java.util.Arrays.sort(order, Comparator.comparingDouble(i -> -scores[i]));
    int no = scores.length - yes;
    List<Point> roc = new ArrayList<>(List.of(new Point(0, 0)));
    List<Point> precisions = new ArrayList<>();
    double auc = 0;
    double average = 0;
    int hits = 0;
    int misses = 0;
    for (int i = 0; i < order.length; ) {
      int hitsBefore = hits;
      int missesBefore = misses;
      double score = scores[order[i]];
      while (i < order.length && scores[order[i]] == score) {
        if (truths[order[i++]]) {
          hits++;
        } else {
          misses++;
        }
      }
      auc += (double) (misses - missesBefore) / no * (hits + hitsBefore) / 2 / yes;
      double precision = (double) hits / (hits + misses);
      average += (double) (hits - hitsBefore) / yes * precision;
      roc.add(new Point((double) misses / no, (double) hits / yes));
      precisions.add(new Point((double) hits / yes, precision));
    }
    boolean known = yes > 0 && no > 0;
    return new Ranking(
        known ? thin(roc) : List.of(),
        known ? thin(precisions) : List.of(),
        known ? auc : Double.NaN,
        known ? average : Double.NaN);
  }

  /** Enough points for a picture; first and last stay. */
  private static List<Point> thin(List<Point> all) {
    if (all.size() <= MOST_POINTS) {
      return all;
    }
    List<Point> few = new ArrayList<>();
    for (int i = 0; i < MOST_POINTS; i++) {
      few.add(all.get((int) Math.round((double) i * (all.size() - 1) / (MOST_POINTS - 1))));
    }
    return few;
  }
}

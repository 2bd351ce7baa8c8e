package io.millrace.evaluate;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether probabilities mean what they say.
 *
 * @param bins rows by the probability of what was said
 * @param expectedError the mean distance between probability and share of hits, weighted by rows
 *     (Naeini et al. 2015)
 * @param brier the mean squared difference between probabilities and truth, over all classes
 */
public record Calibration(List<Bin> bins, double expectedError, double brier) {
  private static final int BINS = 10;

  /**
   * Rows of like probability.
   *
   * @param probability their mean
   * @param hits the share that was right
   * @param rows how many
   */
  public record Bin(double probability, double hits, int rows) {}

  /** Copies the bins. */
  public Calibration {
    bins = List.copyOf(bins);
  }

  /**
   * Works it out.
   *
   * @param probabilities of what was said, one a row
   * @param hits whether it was right
   */
  static Calibration of(double[] probabilities, boolean[] hits, double brier) {
    double[] sums = new double[BINS];
    int[] right = new int[BINS];
    int[] rows = new int[BINS];
    for (int i = 0; i < hits.length; i++) {
      int bin = (int) Math.clamp(Math.floor(probabilities[i] * BINS), 0, BINS - 1);
      sums[bin] += probabilities[i];
      right[bin] += hits[i] ? 1 : 0;
      rows[bin]++;
    }
    List<Bin> bins = new ArrayList<>();
    double error = 0;
    for (int bin = 0; bin < BINS; bin++) {
      if (rows[bin] > 0) {
        double mean = sums[bin] / rows[bin];
        double share = (double) right[bin] / rows[bin];
        bins.add(new Bin(mean, share, rows[bin]));
        error += Math.abs(mean - share) * rows[bin] / hits.length;
      }
    }
    return new Calibration(bins, error, brier);
  }
}

package io.millrace.data.source;

import io.millrace.data.DataException;
import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Made-up rows whose best possible classifier is known: each class is a normal distribution about a
 * point of its own, all as likely and with the same unit spread, so that nobody can do better than
 * to say the class of the nearest point.
 *
 * @param classes how many, at least 2
 * @param features numbers a row
 * @param distance the points' own spread: the larger, the easier
 * @param seed of the points
 */
public record Gaussians(int classes, int features, double distance, long seed) {
  /** Checks the numbers. */
  public Gaussians {
    if (classes < 2 || features < 1 || !(distance > 0)) {
      throw new DataException("gaussians.range", classes, features, distance);
    }
  }

  private double[][] points() {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] points = new double[classes][features];
    for (double[] point : points) {
      for (int i = 0; i < features; i++) {
        point[i] = distance * random.nextGaussian();
      }
    }
    return points;
  }

  /**
   * Rows of these distributions.
   *
   * @param draw another number for other rows
   */
  public Dataset rows(int count, long draw) {
    double[][] points = points();
    SplittableRandom random = new SplittableRandom(seed ^ (draw + 1) * 0x9E3779B97F4A7C15L);
    float[] values = new float[Math.multiplyExact(count, features)];
    int[] labels = new int[count];
    for (int row = 0; row < count; row++) {
      labels[row] = random.nextInt(classes);
      for (int i = 0; i < features; i++) {
        values[row * features + i] = (float) (points[labels[row]][i] + random.nextGaussian());
      }
    }
    List<String> names = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      names.add(String.valueOf(c));
    }
    return new Dataset(
        "gaussians", Rows.of(values, Shape.of(features)), new Targets.Classes(labels, names));
  }

  /** The accuracy of the best possible classifier on rows of these distributions. */
  public double best(Dataset data) {
    double[][] points = points();
    int[] labels = ((Targets.Classes) data.targets()).labels();
    float[] row = new float[features];
    int hits = 0;
    for (int i = 0; i < labels.length; i++) {
      data.inputs().copy(i, row, 0);
      int nearest = 0;
      double least = Double.POSITIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        double sum = 0;
        for (int f = 0; f < features; f++) {
          sum += (row[f] - points[c][f]) * (row[f] - points[c][f]);
        }
        if (sum < least) {
          least = sum;
          nearest = c;
        }
      }
      hits += nearest == labels[i] ? 1 : 0;
    }
    return (double) hits / labels.length;
  }
}

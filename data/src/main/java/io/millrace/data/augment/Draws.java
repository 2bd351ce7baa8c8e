package io.millrace.data.augment;

import java.util.random.RandomGenerator;

/** Draws from distributions that the JDK lacks. */
final class Draws {
  private Draws() {}

  /** From the beta distribution with both parameters alike. */
  static double beta(double alpha, RandomGenerator random) {
    double first = gamma(alpha, random);
    double second = gamma(alpha, random);
    return first + second == 0 ? 0.5 : first / (first + second);
  }

  /** From the gamma distribution of scale 1 (Marsaglia & Tsang 2000). */
  static double gamma(double shape, RandomGenerator random) {
    if (shape < 1) {
      return gamma(shape + 1, random) * Math.pow(1 - random.nextDouble(), 1 / shape);
    }
    double d = shape - 1.0 / 3;
    double c = 1 / Math.sqrt(9 * d);
    while (true) {
      double x = random.nextGaussian();
      double v = Math.pow(1 + c * x, 3);
      if (v > 0 && Math.log(1 - random.nextDouble()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
        return d * v;
      }
    }
  }
}

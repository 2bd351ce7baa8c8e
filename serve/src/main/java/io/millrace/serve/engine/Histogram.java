package io.millrace.serve.engine;

/** Counts by upper bounds, as Prometheus does. Belongs to the engine's thread. */
public final class Histogram {
  /**
   * What was counted.
   *
   * @param bounds upper bounds, rising
   * @param counts up to each bound, the last without bound
   */
  public record Snapshot(double[] bounds, long[] counts, double sum) {}

  private final double[] bounds;
  private final long[] counts;
  private double sum;

  Histogram(double... bounds) {
    this.bounds = bounds;
    this.counts = new long[bounds.length + 1];
  }

  void add(double value) {
    int i = 0;
    while (i < bounds.length && value > bounds[i]) {
      i++;
    }
    counts[i]++;
    sum += value;
  }

  Snapshot snapshot() {
    return new Snapshot(bounds.clone(), counts.clone(), sum);
  }
}

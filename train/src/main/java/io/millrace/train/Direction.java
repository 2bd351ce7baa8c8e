package io.millrace.train;

/** Whether a metric should fall or rise. */
public final class Direction {
  private Direction() {}

  /** Losses, errors and perplexity should fall; every other metric should rise. */
  public static boolean isFalling(String metric) {
    return metric.endsWith("loss") || metric.contains("error") || metric.contains("perplexity");
  }
}

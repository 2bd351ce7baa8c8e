package io.millrace.train.metric;

import io.millrace.tensor.Neural;
import io.millrace.tensor.Tensor;

/** e to the mean −log probability of the true class of every step. */
public record Perplexity() implements Metric {
  @Override
  public String name() {
    return "perplexity";
  }

  @Override
  public Count start() {
    return new Sums(
        2,
        (sums, scores, last, targets) -> {
          Tensor wanted = Labels.wanted(targets, scores);
          sums[0] += Neural.crossEntropies(Labels.flat(scores), wanted, 0).sum().item();
          sums[1] += Labels.counted(wanted).sum().item();
        },
        sums -> sums[1] == 0 ? Double.NaN : Math.exp(sums[0] / sums[1]));
  }
}

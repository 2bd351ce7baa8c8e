package io.millrace.train.metric;

import io.millrace.ground.spec.Default;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;

/**
 * The share of decisions whose true class is among the most probable.
 *
 * @param k how many
 */
public record TopK(@Default("5") int k) implements Metric {
  /** Checks the number. */
  public TopK {
    if (k < 1) {
      throw new TrainException("metric.range", "top-k", k, "≥ 1");
    }
  }

  @Override
  public String name() {
    return "top-" + k;
  }

  @Override
  public Count start() {
    return new Sums(
        2,
        (sums, scores, last, targets) -> {
          Tensor flat = Labels.flat(scores);
          Tensor places = flat.topPlaces(Math.min(k, flat.size(-1)));
          Tensor wanted = Labels.wanted(targets, scores);
          sums[0] += places.eq(wanted.unsqueeze(-1)).sum().item();
          sums[1] += Labels.counted(wanted).sum().item();
        },
        sums -> sums[1] == 0 ? Double.NaN : sums[0] / sums[1]);
  }
}

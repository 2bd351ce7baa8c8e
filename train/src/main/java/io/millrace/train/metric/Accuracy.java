package io.millrace.train.metric;

import io.millrace.tensor.Tensor;

/**
 * The share of decisions that are right: the largest of several scores, the sign of a single one,
 * each label where several may hold.
 */
public record Accuracy() implements Metric {
  @Override
  public String name() {
    return "accuracy";
  }

  @Override
  public Count start() {
    return new Sums(
        2,
        (sums, scores, last, targets) -> {
          if (Labels.isMultiLabel(scores, targets, last)) {
            sums[0] += scores.gt(0).eq(targets.gt(0.5)).sum().item();
            sums[1] += scores.elements();
            return;
          }
          Tensor wanted = Labels.wanted(targets, scores);
          sums[0] += Labels.chosen(scores).eq(wanted).sum().item();
          // Only steps of a row can be ignored.
          sums[1] +=
              targets.rank() == 2 && !targets.dtype().isFloating()
                  ? Labels.counted(wanted).sum().item()
                  : wanted.elements();
        },
        sums -> sums[1] == 0 ? Double.NaN : sums[0] / sums[1]);
  }
}

package io.millrace.train.language;

import io.millrace.tensor.DType;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Tensor;

/** Cross entropy, perhaps with targets that are not quite sure. */
final class Scored {
  private Scored() {}

  /**
   * The loss of each row.
   *
   * @param scores [rows, classes]
   * @param targets int64 [rows]
   * @param smoothing the share of a target that all classes have alike (Szegedy et al. 2016)
   */
  static Tensor loss(Tensor scores, Tensor targets, double smoothing) {
    Tensor logs = Neural.logSoftmax(scores.to(DType.FLOAT32), 1);
    Tensor right = logs.gather(1, targets.unsqueeze(1)).squeeze(1).neg();
    if (smoothing == 0) {
      return right;
    }
    return right.mul(1 - smoothing).sub(logs.mean(1).mul(smoothing));
  }
}

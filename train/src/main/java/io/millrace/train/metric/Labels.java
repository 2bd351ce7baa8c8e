package io.millrace.train.metric;

import io.millrace.data.Targets;
import io.millrace.tensor.DType;
import io.millrace.tensor.Tensor;

/** Classes out of scores and targets of every form. */
final class Labels {
  private Labels() {}

  /** The class that scores say, int64 [rows]: the largest, or the sign of a single one. */
  static Tensor chosen(Tensor scores) {
    Tensor flat = flat(scores);
    return flat.size(-1) == 1 ? flat.gt(0).to(DType.INT64).reshape(-1) : flat.argmax(-1);
  }

  /** Scores with one row a decision. */
  static Tensor flat(Tensor scores) {
    return scores.rank() <= 2 ? scores : scores.flatten(0, scores.rank() - 2);
  }

  /** The true class, int64 [rows]; of a distribution the most probable. */
  static Tensor wanted(Tensor targets, Tensor scores) {
    if (!targets.dtype().isFloating()) {
      return targets.rank() == 1 ? targets : targets.reshape(-1);
    }
    return scores.size(-1) == 1 ? targets.gt(0.5).to(DType.INT64).reshape(-1) : targets.argmax(-1);
  }

  /** Whether several labels may hold at once: as many numbers as scores, more than one. */
  static boolean isMultiLabel(
      Tensor scores, Tensor targets, io.millrace.model.layer.Activation last) {
    return targets.dtype().isFloating()
        && scores.size(-1) > 1
        && last == io.millrace.model.layer.Activation.SIGMOID;
  }

  /** Whether a decision counts, a BOOL tensor [rows]. */
  static Tensor counted(Tensor wanted) {
    return wanted.eq(Targets.IGNORED).not();
  }
}

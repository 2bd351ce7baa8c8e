package io.millrace.train.language;

import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * Cross entropy over a large vocabulary, a few rows at a time: the scores of all rows are never in
 * memory together. Going back, each piece leaves its gradient at the states, which then go on at
 * once.
 */
final class TokenLoss {
  /** Scores held at once, 64 MB of float32. */
  private static final long HELD = 16L << 20;

  private TokenLoss() {}

  /**
   * The summed loss, with gradients left at the weights that {@code states} and {@code logits} come
   * from.
   *
   * @param states [rows, hidden], recorded for gradients
   * @param logits from states to scores [rows, vocabulary]
   * @param targets int64 [rows]
   * @param weights [rows], what each row's loss is multiplied with for the gradients
   * @param smoothing the share of a target that all tokens have alike
   */
  static double backward(
      Tensor states,
      UnaryOperator<Tensor> logits,
      Tensor targets,
      int vocabulary,
      Tensor weights,
      boolean mixed,
      double smoothing) {
    long rows = states.size(0);
    if (rows * vocabulary <= HELD) {
      Tensor each = each(states, logits, targets, mixed, smoothing);
      each.mul(weights).sum().backward();
      return each.detach().sum().item();
    }
    Tensor leaf = states.detach().trackGradient();
    double total = 0;
    long step = step(vocabulary);
    for (long from = 0; from < rows; from += step) {
      long count = Math.min(step, rows - from);
      try (Scope scope = Scope.open()) {
        Tensor piece = leaf.narrow(0, from, count);
        Tensor each = each(piece, logits, targets.narrow(0, from, count), mixed, smoothing);
        each.mul(weights.narrow(0, from, count)).sum().backward();
        total += each.detach().sum().item();
      }
    }
    onward(leaf, states);
    return total;
  }

  /** Goes on from the gradient that was left at the states, unless all before them is frozen. */
  static void onward(Tensor leaf, Tensor states) {
    if (states.tracksGradient()) {
      states.backward(leaf.gradient().orElseThrow());
    }
  }

  /** The loss of each row, without gradients. */
  static float[] of(
      Tensor states, UnaryOperator<Tensor> logits, Tensor targets, int vocabulary, boolean mixed) {
    int rows = (int) states.size(0);
    float[] all = new float[rows];
    int step = (int) Math.min(Integer.MAX_VALUE, step(vocabulary));
    for (int from = 0; from < rows; from += step) {
      int count = Math.min(step, rows - from);
      try (Scope scope = Scope.open()) {
        float[] some =
            each(states.narrow(0, from, count), logits, targets.narrow(0, from, count), mixed, 0)
                .toFloats();
        System.arraycopy(some, 0, all, from, count);
      }
    }
    return all;
  }

  static long step(int vocabulary) {
    return Math.max(1, HELD / vocabulary);
  }

  /** The loss of each row. */
  private static Tensor each(
      Tensor states,
      UnaryOperator<Tensor> logits,
      Tensor targets,
      boolean mixed,
      double smoothing) {
    return Scored.loss(Computed.in(mixed, () -> logits.apply(states)), targets, smoothing);
  }
}

package io.millrace.train.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.tensor.Mode;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The loss in pieces beside the loss at once. */
class TokenLossTest {
  private static final int VOCABULARY = 100_000;
  private static final int ROWS = 400;
  private static final int HIDDEN = 8;

  @Test
  void piecesEqualTheWholeWithGradients() {
    try (Scope scope = Scope.open()) {
      Tensor weight = Tensors.normal(VOCABULARY, HIDDEN).mul(0.3);
      Tensor states = Tensors.normal(ROWS, HIDDEN);
      long[] wanted = new long[ROWS];
      Arrays.setAll(wanted, i -> i * 7919L % VOCABULARY);
      Tensor targets = Tensors.of(wanted, ROWS);
      Tensor each = Tensors.uniform(0.1, 0.9, ROWS);

      Tensor w1 = weight.copy().trackGradient();
      Tensor s1 = states.copy().trackGradient();
      Tensor plain =
          Neural.logSoftmax(Neural.linear(s1, w1), 1)
              .gather(1, targets.unsqueeze(1))
              .squeeze(1)
              .neg();
      plain.mul(each).sum().backward();

      Tensor w2 = weight.copy().trackGradient();
      Tensor s2 = states.copy().trackGradient();
      // More scores than are held at once.
      double sum =
          TokenLoss.backward(
              s2.mul(1), x -> Neural.linear(x, w2), targets, VOCABULARY, each, false, 0);
      double expected = plain.detach().sum().item();
      assertThat(sum).isCloseTo(expected, within(1e-5 * expected));
      assertThat(apart(s1, s2)).isLessThan(1e-5);
      assertThat(apart(w1, w2)).isLessThan(1e-5);
      try (Mode mode = Mode.noGradient()) {
        float[] all =
            TokenLoss.of(states, x -> Neural.linear(x, weight), targets, VOCABULARY, false);
        double total = 0;
        for (float one : all) {
          total += one;
        }
        assertThat(total).isCloseTo(expected, within(1e-5 * expected));
      }
    }
  }

  private static double apart(Tensor one, Tensor other) {
    Tensor difference = one.gradient().orElseThrow().sub(other.gradient().orElseThrow());
    return difference.abs().reshape(-1).amax(0).item();
  }
}

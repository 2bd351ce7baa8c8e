package io.millrace.model.architecture;

import io.millrace.model.transformer.Projection;
import io.millrace.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * From states to a score for each token.
 *
 * @param scale what states are multiplied with before
 * @param cap soft cap on scores; absent: none
 */
public record LanguageHead(Projection projection, double scale, @Nullable Double cap) {
  /** A product and nothing else. */
  public LanguageHead(Tensor weight) {
    this(new Projection(weight, null), 1, null);
  }

  Tensor apply(Tensor states) {
    return capped(projection.apply(scaled(states)));
  }

  /** The scores for states [rows, hidden], in eight bits if the projection has them. */
  float[][] write(Tensor states) {
    return cap == null
        ? projection.writeRows(scaled(states))
        : Projection.rows(capped(projection.write(scaled(states))));
  }

  private Tensor scaled(Tensor states) {
    return scale == 1 ? states : states.mul(scale);
  }

  private Tensor capped(Tensor scores) {
    return cap == null ? scores : scores.div(cap).tanh().mul(cap);
  }
}

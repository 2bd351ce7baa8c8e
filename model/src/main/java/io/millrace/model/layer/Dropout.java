package io.millrace.model.layer;

import io.millrace.model.ModelException;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;

/**
 * Zeroes elements at random while training (Srivastava et al. 2014) and scales the others so that
 * the mean stays.
 *
 * @param rate the share that is zeroed, from 0 to less than 1
 */
public record Dropout(double rate) implements LayerSpec {
  /** Checks the rate. */
  public Dropout {
    if (!(rate >= 0 && rate < 1)) {
      throw new ModelException("dropout.rate", rate);
    }
  }

  @Override
  public Shape output(Shape input) {
    return input;
  }

  @Override
  public Layer build(Shape input, Weights weights) {
    return (x, pass) -> pass.isTraining() && rate > 0 ? Neural.dropout(x, rate) : x;
  }
}

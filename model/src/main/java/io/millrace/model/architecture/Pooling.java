package io.millrace.model.architecture;

import io.millrace.tensor.DType;
import io.millrace.tensor.Tensor;

/** What a text's vector is made of. */
public enum Pooling {
  /** The mean of all tokens' states. */
  MEAN,
  /** The first token's state. */
  CLS,
  /** The last token's state. */
  LAST,
  /** The largest of each number over the tokens. */
  MAX;

  /**
   * A vector for each text.
   *
   * @param states [batch, time, hidden]
   * @param mask [batch, time], 1 where a token is real; padding stands behind
   * @return [batch, hidden]
   */
  public Tensor of(Tensor states, Tensor mask) {
    Tensor weight = mask.to(DType.FLOAT32).unsqueeze(2);
    return switch (this) {
      case MEAN -> states.mul(weight).sum(1).div(weight.sum(1));
      case CLS -> states.select(1, 0);
      case MAX -> states.add(weight.sub(1).mul(1e30)).amax(1);
      case LAST -> {
        Tensor at = mask.to(DType.INT64).sum(1).sub(1).reshape(-1, 1, 1);
        yield states.gather(1, at.expand(states.size(0), 1, states.size(2))).squeeze(1);
      }
    };
  }
}

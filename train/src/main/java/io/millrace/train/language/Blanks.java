package io.millrace.train.language;

import io.millrace.model.architecture.Inputs;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.TrainException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Words that are hidden while something else is learned, others every time: a model that cannot
 * rely on single words learns more of few examples.
 *
 * @param share of the tokens, from 0 to less than 1
 * @param mask the id that stands for a hidden token
 * @param special ids that are no words and never hidden
 */
public record Blanks(double share, long mask, List<Long> special) {
  /** Nothing is hidden. */
  public static final Blanks NONE = new Blanks(0, 0, List.of());

  /** Checks the range. */
  public Blanks {
    if (!(share >= 0 && share < 1)) {
      throw new TrainException("blanks", share);
    }
    special = List.copyOf(special);
  }

  /** The inputs with some words hidden, drawn from the engine's random numbers. */
  Inputs in(Inputs inputs) {
    if (share == 0) {
      return inputs;
    }
    Tensor ids = inputs.required("input_ids");
    Tensor hidden = Tensors.uniform(0, 1, ids.shape().sizes()).lt(share);
    for (long id : special) {
      hidden = hidden.mul(ids.eq(id).not());
    }
    Map<String, Tensor> changed = new LinkedHashMap<>(inputs.tensors());
    changed.put("input_ids", hidden.where(Tensors.full(mask, ids.dtype(), 1), ids));
    return new Inputs(changed);
  }
}

package io.millrace.model.architecture;

import io.millrace.model.layer.Layer;
import io.millrace.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/** A whole model with weights. */
public interface Architecture {
  /**
   * The names of what {@link #forward} reads, for example {@code input_ids}; not all are required.
   */
  Set<String> inputs();

  /**
   * One pass.
   *
   * @return by name: {@code logits}, or what else the model says; {@code last_hidden} where states
   *     of the last block are of use
   * @throws io.millrace.model.ModelException if an input is missing, surplus or does not fit
   */
  Map<String, Tensor> forward(Inputs inputs, Layer.Pass pass);
}

package io.millrace.train.optimizer;

import io.millrace.ground.spec.OneOf;
import io.millrace.tensor.Tensor;
import java.util.Map;

/** An optimizer's settings. */
@OneOf({Sgd.class, Adam.class})
public interface OptimizerSpec {
  /** The step length at the start. */
  double rate();

  /** Makes the optimizer for these weights, with fresh state. */
  Optimizer over(Map<String, Tensor> parameters);
}

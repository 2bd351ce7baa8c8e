package io.millrace.train.optimizer;

import io.millrace.ground.spec.OneOf;
import io.millrace.tensor.Tensor;
import java.util.Map;

/** An optimizer's settings. */
@OneOf({
  Sgd.class,
  Adam.class,
  AdamW.class,
  NAdam.class,
  RAdam.class,
  RmsProp.class,
  Adagrad.class,
  Adadelta.class,
  Lion.class,
  Lamb.class,
  Muon.class
})
public interface OptimizerSpec {
  /** The step length at the start. */
  double rate();

  /** The weight decay, 0 for none. */
  double decay();

  /** The same optimizer with another step length and weight decay, for a group of weights. */
  OptimizerSpec adjusted(double rate, double decay);

  /** Makes the optimizer for these weights, with fresh state. */
  Optimizer over(Map<String, Tensor> parameters);

  /** Numbers of state for each weight, for the estimate of memory. */
  int statesPerWeight();
}

package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Key;
import io.millrace.tensor.FusedOptimizer;
import io.millrace.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Adam with decay taken from the weights themselves (Loshchilov & Hutter 2019).
 *
 * @param rate the step length, above 0
 * @param decay weight decay; Keras's 0.004
 * @param beta1 the mean's decay, from 0 to less than 1
 * @param beta2 the square's decay, likewise
 * @param epsilon added to the root of the square
 */
@Key("adamw")
public record AdamW(
    @Default("0.001") double rate,
    @Default("0.004") double decay,
    @Default("0.9") double beta1,
    @Default("0.999") double beta2,
    @Default("1e-7") double epsilon)
    implements OptimizerSpec {
  /** Checks the ranges. */
  public AdamW {
    Ranges.common("adamw", List.of(rate, decay, beta1, beta2, epsilon), rate, decay, beta1, beta2);
  }

  /** AdamW with this step length and decay. */
  public static AdamW adamw(double rate, double decay) {
    return new AdamW(rate, decay, 0.9, 0.999, 1e-7);
  }

  @Override
  public AdamW adjusted(double changedRate, double changedDecay) {
    return new AdamW(changedRate, changedDecay, beta1, beta2, epsilon);
  }

  @Override
  public int statesPerWeight() {
    return 2;
  }

  @Override
  public Optimizer over(Map<String, Tensor> parameters) {
    Adam plain = new Adam(rate, beta1, beta2, epsilon, decay);
    return Adam.running(plain, FusedOptimizer.Decay.DECOUPLED, parameters);
  }
}

package io.millrace.train.language;

import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.train.Gradients;
import io.millrace.train.optimizer.Optimizer;
import java.util.List;

/**
 * What happens to gradients before the optimizer takes them.
 *
 * @param clip the longest length; 0: no limit
 */
record Updates(TrainedModel trained, double clip) {
  void apply(Optimizer optimizer) {
    try (Scope scope = Scope.open()) {
      List<Tensor> all = List.copyOf(trained.parameters().values());
      for (Tensor weight : all) {
        // Weights that a step did not touch, such as an unused table.
        if (weight.gradient().isEmpty()) {
          weight.mul(0).sum().backward();
        }
      }
      if (clip > 0) {
        Gradients.clipNorm(all, clip);
      }
      optimizer.step();
    }
  }
}

package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.ground.spec.Default;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.List;

/**
 * The pinball loss (Koenker & Bassett 1978): an output for each quantile of each target number, the
 * quantiles of the first number first.
 *
 * @param levels from 0 to 1, for example 0.1, 0.5, 0.9
 */
public record Quantile(@Default("0.5") List<Double> levels) implements Loss {
  private static final String NAME = "quantile";

  /** Checks the levels. */
  public Quantile {
    levels = List.copyOf(levels);
    Checks.range(
        NAME,
        !levels.isEmpty() && levels.stream().allMatch(level -> level > 0 && level < 1),
        levels,
        "> 0 … < 1");
  }

  @Override
  public Tensor each(Tensor scores, Activation last, Tensor targets) {
    float[] values = new float[levels.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = levels.get(i).floatValue();
    }
    Tensor level = Tensors.of(values, 1, 1, values.length);
    Tensor outputs = last.apply(scores).reshape(scores.size(0), -1, values.length);
    Tensor below = targets.reshape(scores.size(0), -1, 1).sub(outputs);
    return Checks.rows(below.mul(level).maximum(below.mul(level.sub(1))));
  }

  @Override
  public void check(Shape output, Activation last, Targets targets) {
    Checks.outputs(
        NAME, output, (long) Checks.numbers(NAME, targets).names().size() * levels.size());
  }
}

package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/**
 * −log probability of a count under a negative binomial distribution (Salinas et al. 2020, formula
 * 7): two outputs a target number, both turned positive by softplus: the mean, then the shape α;
 * the variance is mean + α·mean².
 */
public record NegativeBinomial() implements Loss {
  private static final String NAME = "negative-binomial";
  private static final double SMALL = 1e-6;

  @Override
  public Tensor each(Tensor scores, Activation last, Tensor targets) {
    Tensor both = Neural.softplus(scores.reshape(scores.size(0), -1, 2)).add(SMALL);
    Tensor mean = both.select(2, 0);
    Tensor alpha = both.select(2, 1);
    Tensor counts = targets.reshape(mean.shape().sizes());
    Tensor inverse = alpha.pow(-1);
    Tensor product = alpha.mul(mean);
    Tensor logs =
        counts
            .add(inverse)
            .logGamma()
            .sub(counts.add(1).logGamma())
            .sub(inverse.logGamma())
            .sub(inverse.mul(product.log1p()))
            .add(counts.mul(product.log().sub(product.log1p())));
    return Checks.rows(logs.neg());
  }

  @Override
  public void check(Shape output, Activation last, Targets targets) {
    Checks.outputs(NAME, output, 2L * Checks.numbers(NAME, targets).names().size());
    Checks.activation(NAME, last, Activation.LINEAR);
  }
}

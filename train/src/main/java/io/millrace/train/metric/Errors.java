package io.millrace.train.metric;

import io.millrace.model.layer.Activation;
import io.millrace.tensor.Tensor;

/** How far outputs are from target numbers. */
public sealed interface Errors extends Metric {
  private static Tensor difference(Tensor scores, Activation last, Tensor targets) {
    Tensor outputs = last.apply(scores);
    return outputs.sub(targets.reshape(outputs.shape().sizes()));
  }

  private static double mean(double[] sums) {
    return sums[1] == 0 ? Double.NaN : sums[0] / sums[1];
  }

  private static Sums squares(java.util.function.ToDoubleFunction<double[]> value) {
    return new Sums(
        2,
        (sums, scores, last, targets) -> {
          sums[0] += difference(scores, last, targets).square().sum().item();
          sums[1] += targets.elements();
        },
        value);
  }

  /** The mean absolute difference. */
  record MeanAbsoluteError() implements Errors {
    @Override
    public String name() {
      return "mean-absolute-error";
    }

    @Override
    public Count start() {
      return new Sums(
          2,
          (sums, scores, last, targets) -> {
            sums[0] += difference(scores, last, targets).abs().sum().item();
            sums[1] += targets.elements();
          },
          Errors::mean);
    }
  }

  /** The mean squared difference. */
  record MeanSquaredError() implements Errors {
    @Override
    public String name() {
      return "mean-squared-error";
    }

    @Override
    public Count start() {
      return squares(Errors::mean);
    }
  }

  /** The root of the mean squared difference. */
  record RootMeanSquaredError() implements Errors {
    @Override
    public String name() {
      return "root-mean-squared-error";
    }

    @Override
    public Count start() {
      return squares(sums -> Math.sqrt(mean(sums)));
    }
  }

  /** 1 − squared error / squared error of the mean; 1 is perfect. */
  record RSquared() implements Errors {
    @Override
    public String name() {
      return "r-squared";
    }

    @Override
    public Count start() {
      return new Sums(
          4,
          (sums, scores, last, targets) -> {
            sums[0] += difference(scores, last, targets).square().sum().item();
            sums[1] += targets.elements();
            sums[2] += targets.sum().item();
            sums[3] += targets.square().sum().item();
          },
          sums -> {
            double total = sums[3] - sums[2] * sums[2] / sums[1];
            return sums[1] == 0 || total <= 0 ? Double.NaN : 1 - sums[0] / total;
          });
    }
  }
}

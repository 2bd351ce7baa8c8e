package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.ground.spec.Default;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/** Losses for numbers: an output for each target number. */
public sealed interface Regression extends Loss {
  /** The loss of every number; same shapes. */
  Tensor losses(Tensor outputs, Tensor targets);

  /** The loss's key, for messages. */
  String name();

  @Override
  default Tensor each(Tensor scores, Activation last, Tensor targets) {
    Tensor outputs = last.apply(scores);
    return Checks.rows(losses(outputs, targets.reshape(outputs.shape().sizes())));
  }

  @Override
  default void check(Shape output, Activation last, Targets targets) {
    int numbers = Checks.numbers(name(), targets).names().size();
    if (output.elements() != numbers) {
      Checks.outputs(name(), output, numbers);
    }
  }

  /** The squared difference. */
  record MeanSquaredError() implements Regression {
    @Override
    public String name() {
      return "mean-squared-error";
    }

    @Override
    public Tensor of(Tensor scores, Activation last, Tensor targets) {
      Tensor outputs = last.apply(scores);
      return Neural.meanSquaredError(outputs, targets.reshape(outputs.shape().sizes()));
    }

    @Override
    public Tensor losses(Tensor outputs, Tensor targets) {
      return outputs.sub(targets).square();
    }
  }

  /** The absolute difference. */
  record MeanAbsoluteError() implements Regression {
    @Override
    public String name() {
      return "mean-absolute-error";
    }

    @Override
    public Tensor losses(Tensor outputs, Tensor targets) {
      return outputs.sub(targets).abs();
    }
  }

  /**
   * Half the square near 0, straight beyond (Huber 1964).
   *
   * @param delta where the straight part begins
   */
  record Huber(@Default("1") double delta) implements Regression {
    /** Checks the border. */
    public Huber {
      Checks.range("huber", delta > 0, delta, "> 0");
    }

    @Override
    public String name() {
      return "huber";
    }

    @Override
    public Tensor losses(Tensor outputs, Tensor targets) {
      Tensor size = outputs.sub(targets).abs();
      Tensor near = size.clamp(0, delta);
      return near.square().mul(0.5).add(size.sub(near).mul(delta));
    }
  }

  /** log cosh of the difference. */
  record LogCosh() implements Regression {
    @Override
    public String name() {
      return "log-cosh";
    }

    @Override
    public Tensor losses(Tensor outputs, Tensor targets) {
      Tensor difference = outputs.sub(targets);
      // log cosh x = x + softplus(−2x) − log 2, which does not overflow.
      return difference.add(Neural.softplus(difference.mul(-2))).sub(Math.log(2));
    }
  }

  /** output − target·log output, for counts; the output is positive (softplus or exponential). */
  record Poisson() implements Regression {
    private static final double SMALL = 1e-7;

    @Override
    public String name() {
      return "poisson";
    }

    @Override
    public Tensor losses(Tensor outputs, Tensor targets) {
      return outputs.sub(targets.mul(outputs.add(SMALL).log()));
    }
  }
}

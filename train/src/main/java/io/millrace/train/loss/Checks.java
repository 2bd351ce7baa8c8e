package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;
import java.util.Locale;
import java.util.stream.IntStream;

/** What several losses demand. */
final class Checks {
  private Checks() {}

  static Targets.Numbers numbers(String loss, Targets targets) {
    if (targets instanceof Targets.Numbers numbers) {
      return numbers;
    }
    throw new TrainException("loss.numbers", loss);
  }

  static void outputs(String loss, Shape output, long expected) {
    if (output.rank() != 1 || output.size(0) != expected) {
      throw new TrainException("loss.outputs", loss, output, expected);
    }
  }

  /** An output of scores for classes, one a row or one a step. */
  static void classes(String loss, Shape output, Targets targets) {
    switch (targets) {
      case Targets.Classes classes -> outputs(loss, output, classes.classes().size());
      case Targets.Steps steps -> {
        if (output.rank() != 2
            || output.size(0) != steps.length()
            || output.size(1) != steps.classes().size()) {
          throw new TrainException(
              "loss.steps", loss, output, steps.length(), steps.classes().size());
        }
      }
      case Targets.Numbers numbers -> throw new TrainException("loss.classes", loss);
    }
  }

  /** Only these activations leave scores that the loss may take as logits. */
  static void activation(String loss, Activation last, Activation allowed) {
    if (last != allowed && last != Activation.LINEAR) {
      throw new TrainException("loss.activation", loss, lower(last), lower(allowed));
    }
  }

  static void range(String loss, boolean holds, Object value, String expected) {
    if (!holds) {
      throw new TrainException("loss.range", loss, value, expected);
    }
  }

  private static String lower(Activation activation) {
    return activation.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** [batch, …] → [batch], the mean over all other dimensions. */
  static Tensor rows(Tensor losses) {
    int rank = losses.rank();
    return rank == 1 ? losses : losses.mean(IntStream.range(1, rank).toArray());
  }
}

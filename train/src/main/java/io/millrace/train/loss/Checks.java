package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Shape;
import io.millrace.train.TrainException;
import java.util.Locale;

/** What several losses demand. */
final class Checks {
  private Checks() {}

  static Targets.Classes classes(String loss, Targets targets) {
    if (targets instanceof Targets.Classes classes) {
      return classes;
    }
    throw new TrainException("loss.classes", loss);
  }

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

  /** Only these activations leave scores that the loss may take as logits. */
  static void activation(String loss, Activation last, Activation allowed) {
    if (last != allowed && last != Activation.LINEAR) {
      throw new TrainException("loss.activation", loss, lower(last), lower(allowed));
    }
  }

  private static String lower(Activation activation) {
    return activation.name().toLowerCase(Locale.ROOT);
  }
}

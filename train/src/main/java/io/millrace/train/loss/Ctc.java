package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.ground.spec.Default;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;
import java.util.Arrays;

/**
 * Connectionist temporal classification (Graves et al. 2006): a text for a longer series, without
 * saying when each symbol comes. Output [time, classes]; targets are steps of classes, filled up
 * with {@link Targets#IGNORED} or the blank.
 *
 * @param blank the class between symbols
 */
public record Ctc(@Default("0") int blank) implements Loss {
  @Override
  public Tensor each(Tensor scores, Activation last, Tensor targets) {
    Tensor logs = Neural.logSoftmax(scores, -1).transpose(0, 1);
    int batch = (int) targets.size(0);
    int width = (int) targets.size(1);
    long[] labels = targets.toLongs();
    long[] packed = new long[labels.length];
    long[] lengths = new long[batch];
    Arrays.fill(packed, blank == 0 ? 1 : 0);
    for (int row = 0; row < batch; row++) {
      for (int i = 0; i < width; i++) {
        long label = labels[row * width + i];
        if (label != Targets.IGNORED && label != blank) {
          packed[row * width + (int) lengths[row]++] = label;
        }
      }
    }
    long[] steps = new long[batch];
    Arrays.fill(steps, scores.size(1));
    return Neural.ctc(
        logs, io.millrace.tensor.Tensors.of(packed, batch, width), steps, lengths, blank);
  }

  @Override
  public void check(Shape output, Activation last, Targets targets) {
    if (!(targets instanceof Targets.Steps steps)
        || output.rank() != 2
        || output.size(1) != steps.classes().size()
        || blank >= output.size(1)
        || blank < 0) {
      throw new TrainException("loss.ctc", output);
    }
    Checks.activation("ctc", last, Activation.SOFTMAX);
  }
}

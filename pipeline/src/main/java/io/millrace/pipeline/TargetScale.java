package io.millrace.pipeline;

import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.model.Network;
import io.millrace.model.layer.Rescaling;
import io.millrace.train.TrainingResult;

/**
 * Numbers to predict at mean 0 and deviation 1 while training, because optimizers take steps of
 * that size; one layer behind the trained ones brings them back.
 *
 * @param mean of all target numbers of the training rows
 * @param deviation likewise
 */
record TargetScale(double mean, double deviation) {
  static TargetScale of(Dataset train) {
    if (!(train.targets() instanceof Targets.Numbers numbers)) {
      throw new PipelineException("scale.numbers");
    }
    Rows values = numbers.values();
    float[] row = new float[(int) values.shape().elements()];
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < values.count(); i++) {
      values.copy(i, row, 0);
      for (float value : row) {
        sum += value;
        squares += (double) value * value;
      }
    }
    double count = (double) values.count() * row.length;
    double mean = sum / count;
    double deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
    if (deviation == 0) {
      throw new PipelineException("scale.constant", mean);
    }
    return new TargetScale(mean, deviation);
  }

  Dataset apply(Dataset data) {
    Targets.Numbers numbers = (Targets.Numbers) data.targets();
    Rows scaled = numbers.values().scaled((float) (1 / deviation), (float) (-mean / deviation));
    return data.withTargets(new Targets.Numbers(scaled, numbers.names()));
  }

  /** The same network with one layer more; the trained one is closed. */
  TrainingResult restore(TrainingResult trained) {
    try (Network before = trained.network()) {
      Network after =
          before
              .description()
              .then(new Rescaling(deviation, mean))
              .build(before.plan().inputs(), 0);
      after.load(before.state());
      return new TrainingResult(after, trained.history(), trained.failures());
    }
  }
}

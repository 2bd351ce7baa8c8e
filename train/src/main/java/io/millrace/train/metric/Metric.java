package io.millrace.train.metric;

import io.millrace.ground.spec.OneOf;
import io.millrace.tensor.Tensor;

/** A number to watch while training. Settings are a record; {@link #start} begins a fresh count. */
@OneOf({Accuracy.class, MeanAbsoluteError.class})
public interface Metric {
  /** The name in histories, for example {@code accuracy}. */
  String name();

  /** Begins counting. */
  Count start();

  /** A running count over batches. */
  interface Count {
    /**
     * Takes in a batch.
     *
     * @param scores the network's output before its last activation
     * @param targets as the loss sees them
     */
    void add(Tensor scores, Tensor targets);

    /** The value over all batches since the start; NaN before the first. */
    double value();
  }
}

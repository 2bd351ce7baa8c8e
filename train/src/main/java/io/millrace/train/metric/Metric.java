package io.millrace.train.metric;

import io.millrace.ground.spec.Choice;
import io.millrace.ground.spec.OneOf;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Tensor;
import java.util.Map;

/**
 * Numbers to watch. Settings are a record; {@link #start} begins a fresh count. Implement it to
 * bring one of your own; {@link #register} makes it known to specs.
 */
@OneOf({
  Accuracy.class,
  TopK.class,
  ClassReport.class,
  Auc.class,
  Perplexity.class,
  Errors.MeanAbsoluteError.class,
  Errors.MeanSquaredError.class,
  Errors.RootMeanSquaredError.class,
  Errors.RSquared.class
})
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
     * @param last that activation
     * @param targets as the loss sees them
     */
    void add(Tensor scores, Activation last, Tensor targets);

    /** The value over all batches since the start; NaN before the first. */
    double value();

    /** Further values by name, for example one a class; none for most metrics. */
    default Map<String, Double> details() {
      return Map.of();
    }

    /** All that is counted so far, for a checkpoint. */
    double[] state();

    /** Takes over what {@link #state} gave. */
    void restore(double[] state);
  }

  /** Makes a metric of one's own known to specs, under its record's name in kebab-case. */
  static void register(Class<? extends Record> metric) {
    Choice.register(Metric.class, metric);
  }
}

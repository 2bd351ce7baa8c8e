package io.millrace.pipeline.spec;

import io.millrace.ground.spec.Default;
import io.millrace.train.loss.Loss;
import io.millrace.train.optimizer.OptimizerSpec;
import org.jspecify.annotations.Nullable;

/**
 * How the network is trained.
 *
 * @param loss absent: sparse categorical cross entropy for classes (binary for one output), mean
 *     squared error for numbers
 * @param optimizer Adam unless told otherwise
 * @param epochs passes over the training rows
 * @param batch rows a step
 * @param validation the last share of the training rows, held out to watch; 0 for none
 * @param earlyStop when to stop before the last epoch; absent: never
 * @param loaders threads that gather batches ahead; absent: as many as pay
 */
public record TrainSpec(
    @Nullable Loss loss,
    @Default("adam") OptimizerSpec optimizer,
    @Default("5") int epochs,
    @Default("32") int batch,
    @Default("0.2") double validation,
    @Nullable EarlyStopSpec earlyStop,
    @Nullable Integer loaders) {
  /**
   * Early stopping.
   *
   * @param metric what is watched
   * @param patience epochs without improvement
   */
  public record EarlyStopSpec(@Default("val_loss") String metric, @Default("5") int patience) {}
}

package io.millrace.pipeline.spec;

import io.millrace.data.augment.Augment;
import io.millrace.ground.spec.Default;
import io.millrace.train.Average;
import io.millrace.train.Precision;
import io.millrace.train.loss.Loss;
import io.millrace.train.metric.Metric;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.schedule.Schedule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the network is trained.
 *
 * @param loss absent: sparse categorical cross entropy for classes (binary for one output), mean
 *     squared error for numbers
 * @param optimizer Adam unless told otherwise
 * @param groups weights that are treated in a way of their own
 * @param schedule how the step length changes; absent: not at all
 * @param scheduleBy what the schedule's lengths count
 * @param epochs passes over the training rows
 * @param batch rows a batch
 * @param accumulate batches a step of the optimizer
 * @param clipNorm the gradient's longest length; 0 for no limit
 * @param clipValue the gradient's largest number; 0 for no limit
 * @param precision in which numbers the network computes
 * @param checkpointing into how many stretches layers are cut to save memory; 1 for none
 * @param anomaly whether every gradient is searched for NaN
 * @param average a mean of weights over time, used instead of the last ones; absent: none
 * @param metrics what is watched; absent: accuracy for classes, mean absolute error for numbers
 * @param classWeights how much rows of each class count, by the classes' names
 * @param sampling which rows come when
 * @param augment random changes of training pictures
 * @param freeze layers that stay as they are
 * @param validation the last share of the training rows, held out to watch; 0 for none
 * @param earlyStop when to stop before the last epoch; absent: never
 * @param save how often a checkpoint is written between the ends of epochs
 * @param csv a file that gets a line an epoch
 * @param tensorboard a folder that gets TensorBoard's event files
 * @param webhook an address that gets a document an epoch
 * @param loaders threads that gather batches ahead; absent: as many as pay
 */
public record TrainSpec(
    @Nullable Loss loss,
    @Default("adam") OptimizerSpec optimizer,
    @Default("[]") List<Group> groups,
    @Nullable Schedule schedule,
    @Default("step") Unit scheduleBy,
    @Default("5") int epochs,
    @Default("32") int batch,
    @Default("1") int accumulate,
    @Default("0") double clipNorm,
    @Default("0") double clipValue,
    @Default("float32") Precision precision,
    @Default("1") int checkpointing,
    @Default("false") boolean anomaly,
    @Nullable Average average,
    @Default("[]") List<Metric> metrics,
    @Default("{}") Map<String, Double> classWeights,
    @Default("shuffled") Sampling sampling,
    @Default("[]") List<Augment> augment,
    @Default("[]") List<String> freeze,
    @Default("0.2") double validation,
    @Nullable EarlyStopSpec earlyStop,
    @Default("{}") SaveSpec save,
    @Nullable String csv,
    @Nullable String tensorboard,
    @Nullable String webhook,
    @Nullable Integer loaders) {
  /** What a schedule counts. */
  public enum Unit {
    STEP,
    EPOCH
  }

  /** Which rows come when. */
  public enum Sampling {
    /** Every row once an epoch, in random order. */
    SHUFFLED,
    /** Each class as often as the others, with replacement. */
    BALANCED,
    /** In the data's order. */
    IN_ORDER
  }

  /**
   * Early stopping.
   *
   * @param metric what is watched
   * @param patience epochs without improvement
   * @param least by how much a value must be better to count
   */
  public record EarlyStopSpec(
      @Default("val_loss") String metric, @Default("5") int patience, @Default("0") double least) {}

  /**
   * Checkpoints between the ends of epochs.
   *
   * @param seconds after so much time
   * @param steps after so many batches; 0 for never
   */
  public record SaveSpec(@Default("60") int seconds, @Default("0") long steps) {}
}

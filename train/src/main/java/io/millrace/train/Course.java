package io.millrace.train;

import io.millrace.model.Weights;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.Optimizer;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.schedule.Schedule;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The course of a training whose steps somebody else takes: epochs, the schedule, validation,
 * listeners, checkpoints, interruption. Equal settings and steps give equal weights, interrupted or
 * not.
 */
public final class Course {
  /** Takes the steps. */
  public interface Work {
    /**
     * One step: gradients and the optimizer's change.
     *
     * @param epoch from 0
     * @param step in this epoch, from 0
     */
    Taken step(Optimizer optimizer, int epoch, int step);

    /** What validation says; empty where there is none. */
    Map<String, Double> validate();
  }

  /**
   * What a step gave.
   *
   * @param sum of the losses
   * @param weight over which their mean is taken
   * @param tokens that were computed, padding included; 0 where there are none
   */
  public record Taken(double sum, double weight, long tokens) {}

  /**
   * How long and how.
   *
   * @param epochs at least 1
   * @param steps in an epoch
   * @param most steps in all; 0: as many as the epochs have
   * @param batch rows in a step, for those who watch
   * @param operations floating-point operations for each token, forward and back; 0: unknown
   * @param words what a checkpoint must have been made with
   */
  public record Plan(
      int epochs, int steps, long most, int batch, double operations, Map<String, String> words) {
    long total() {
      long all = (long) epochs * steps;
      return most > 0 ? Math.min(most, all) : all;
    }
  }

  private final Weights weights;
  private final OptimizerSpec settings;
  private final List<Group> groups;
  private final Schedule schedule;
  private final @Nullable Average mean;
  private final Plan plan;

  /**
   * A course over these weights.
   *
   * @param mean of weights over time, which validation and the result use; absent: the last ones
   */
  public Course(
      Weights weights,
      OptimizerSpec settings,
      List<Group> groups,
      Schedule schedule,
      @Nullable Average mean,
      Plan plan) {
    this.weights = weights;
    this.settings = settings;
    this.groups = groups;
    this.schedule = schedule;
    this.mean = mean;
    this.plan = plan;
  }

  /**
   * Trains.
   *
   * @param resume a checkpoint to continue from; absent: from the start
   * @throws TrainException if the training was asked to end, or the loss is not finite
   */
  public History run(
      Work work, List<TrainingListener> listeners, Stop stop, @Nullable Path resume) {
    Listeners told = new Listeners(listeners);
    schedule.check(plan.total());
    stop.begun();
    try (Optimizer optimizer = Group.over(settings, groups, weights.parameters());
        @Nullable RunningAverage average =
            mean == null ? null : new RunningAverage(mean, weights)) {
      Training training =
          new Training(weights, optimizer, plan.epochs, plan.steps, plan.batch, plan.words, told);
      training.average = average;
      training.epoch = 1;
      if (resume != null) {
        Checkpoint.restore(resume, training);
      }
      told.each(listener -> listener.started(training));
      try {
        while (training.epoch <= plan.epochs && !training.isStopping() && !isOver(training)) {
          epoch(training, work, stop);
        }
      } finally {
        if (average != null && average.isReady()) {
          weights.load(average.mean());
        }
        told.each(listener -> listener.ended(training));
      }
      return training.history();
    } finally {
      stop.ended();
    }
  }

  private boolean isOver(Training training) {
    return training.totalSteps() >= plan.total();
  }

  private void epoch(Training training, Work work, Stop stop) {
    long start = System.nanoTime();
    while (training.step < plan.steps && !isOver(training)) {
      if (stop.isRequested()) {
        training.listeners().each(listener -> listener.interrupted(training));
        stop.heeded();
        throw new TrainException("interrupted", training.epoch, training.step);
      }
      double factor = schedule.factor(training.totalSteps(), plan.total());
      training.optimizer().rate(settings.rate() * factor);
      Taken taken = work.step(training.optimizer(), training.epoch - 1, training.step);
      if (!Double.isFinite(taken.sum)) {
        throw new TrainException(
            "nan.loss", training.totalSteps() + 1, training.epoch, taken.sum / taken.weight);
      }
      RunningAverage average = training.average;
      if (average != null) {
        average.stepped();
      }
      training.lastLoss = taken.weight == 0 ? Double.NaN : taken.sum / taken.weight;
      training.sum += taken.sum;
      training.weight += taken.weight;
      training.tokens += taken.tokens;
      training.operations += taken.tokens * plan.operations;
      training.step++;
      training.listeners().each(listener -> listener.stepped(training));
    }
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", training.loss());
    training.validate(() -> values.putAll(work.validate()));
    values.put("rate", training.optimizer().rate());
    History.Epoch finished =
        new History.Epoch(training.epoch, (System.nanoTime() - start) / 1e9, values);
    training.add(finished);
    training.epoch++;
    training.step = 0;
    training.sum = 0;
    training.weight = 0;
    training.listeners().each(listener -> listener.finished(training, finished));
  }
}

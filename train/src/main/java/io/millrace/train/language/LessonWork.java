package io.millrace.train.language;

import io.millrace.train.Course;
import io.millrace.train.optimizer.Optimizer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Steps over examples. */
final class LessonWork implements Course.Work {
  private final Lesson lesson;
  private final int batch;
  private final int accumulate;
  private final boolean mixed;
  private final long seed;
  private final Updates updates;
  private final Supplier<Map<String, Double>> watched;
  private List<int[]> batches = List.of();
  private int of = -1;

  LessonWork(
      Lesson lesson,
      int batch,
      int accumulate,
      boolean mixed,
      long seed,
      Updates updates,
      Supplier<Map<String, Double>> watched) {
    this.lesson = lesson;
    this.batch = batch;
    this.accumulate = accumulate;
    this.mixed = mixed;
    this.seed = seed;
    this.updates = updates;
    this.watched = watched;
  }

  @Override
  public Course.Taken step(Optimizer running, int epoch, int number) {
    if (of != epoch) {
      batches = Order.batches(lesson.count(), batch, lesson::length, seed, epoch);
      of = epoch;
    }
    int from = number * accumulate;
    List<int[]> some = batches.subList(from, Math.min(batches.size(), from + accumulate));
    double weight = some.stream().mapToDouble(lesson::weight).sum();
    if (weight == 0) {
      return new Course.Taken(0, 0, 0);
    }
    double sum = 0;
    long places = 0;
    for (int[] one : some) {
      places += one.length * (long) Arrays.stream(one).map(lesson::length).max().orElse(0);
      sum += lesson.learn(one, 1 / weight, mixed);
    }
    if (Double.isFinite(sum)) {
      updates.apply(running);
    }
    return new Course.Taken(sum, weight, places);
  }

  @Override
  public Map<String, Double> validate() {
    return watched.get();
  }
}

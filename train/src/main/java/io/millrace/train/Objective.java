package io.millrace.train;

import io.millrace.data.Batch;
import io.millrace.data.Dataset;
import io.millrace.data.Targets;
import io.millrace.model.Plan;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.DType;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.loss.Loss;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What training makes small: the losses of all outputs, with their weights and those of rows and
 * classes. Means are taken over the sum of weights, so that a batch cut in pieces gives the same as
 * the whole.
 */
final class Objective {
  /** A loss and how much it counts. */
  record Part(Loss loss, double weight) {}

  /**
   * The loss of a batch.
   *
   * @param sum of all losses, each times its weight; or their mean where {@code count} is 0
   * @param count the sum of the weights
   */
  record Value(Tensor sum, double count) {}

  private final Map<String, Part> parts;
  private final float @Nullable [] classWeights;

  Objective(Map<String, Part> parts, float @Nullable [] classWeights) {
    this.parts = parts;
    this.classWeights = classWeights;
  }

  /** The parts by the model's outputs. */
  static Objective of(
      List<String> outputs, Map<String, Part> named, Part all, float @Nullable [] classWeights) {
    Map<String, Part> parts = new LinkedHashMap<>();
    for (String name : named.keySet()) {
      if (!outputs.contains(name)) {
        throw new TrainException("loss.output", name, outputs);
      }
    }
    for (String output : outputs) {
      parts.put(output, named.getOrDefault(output, all));
    }
    return new Objective(parts, classWeights);
  }

  /** The loss of the first output. */
  Loss first() {
    return parts.values().iterator().next().loss();
  }

  /** Refuses data that the losses do not fit. */
  void check(Plan plan, Dataset data) {
    for (Map.Entry<String, Part> part : parts.entrySet()) {
      Targets targets = parts.size() == 1 ? data.targets() : data.allTargets().get(part.getKey());
      if (targets == null) {
        throw new TrainException("loss.targets", part.getKey(), data.allTargets().keySet());
      }
      Plan.Step step = plan.steps().get(Objects.requireNonNull(plan.outputs().get(part.getKey())));
      part.getValue().loss().check(step.output(), step.layer().activation(), targets);
    }
    if (classWeights != null) {
      int classes =
          switch (data.targets()) {
            case Targets.Classes(var labels, var names) -> names.size();
            case Targets.Steps(var labels, var length, var names) -> names.size();
            case Targets.Numbers numbers -> 0;
          };
      if (parts.size() > 1 || classes != classWeights.length) {
        throw new TrainException("class.weights", classWeights.length, classes);
      }
    }
  }

  /** The mean loss of a batch where all rows count alike and it is a step by itself. */
  Tensor mean(List<Tensor> scores, Plan plan, Batch batch) {
    Tensor sum = null;
    int i = 0;
    for (Map.Entry<String, Part> part : parts.entrySet()) {
      Tensor one =
          part.getValue()
              .loss()
              .of(scores.get(i), activation(plan, i), batch.targets(part.getKey()));
      one = part.getValue().weight() == 1 ? one : one.mul(part.getValue().weight());
      sum = sum == null ? one : sum.add(one);
      i++;
    }
    return Objects.requireNonNull(sum);
  }

  private static Activation activation(Plan plan, int output) {
    return plan.last().get(output).layer().activation();
  }

  /** Whether all rows count alike. */
  boolean isPlain(Batch batch) {
    return classWeights == null && batch.weights() == null;
  }

  /** The summed loss of a batch that is part of a larger step, or whose rows count differently. */
  Value sum(List<Tensor> scores, Plan plan, Batch batch) {
    Tensor rows = batch.weights();
    if (parts.size() == 1) {
      Part part = parts.values().iterator().next();
      Tensor targets = batch.targets();
      Tensor each = part.loss().each(scores.getFirst(), activation(plan, 0), targets);
      return weighted(each, part.loss(), rows, targets, part.weight());
    }
    // Several outputs: the mean of each row's steps, so that all count over the same rows.
    Tensor sum = null;
    int i = 0;
    for (Map.Entry<String, Part> part : parts.entrySet()) {
      Tensor each =
          part.getValue()
              .loss()
              .each(scores.get(i), activation(plan, i), batch.targets(part.getKey()));
      Tensor byRow = each.rank() == 1 ? each : each.mean(1);
      Tensor one = byRow.mul(part.getValue().weight());
      sum = sum == null ? one : sum.add(one);
      i++;
    }
    Tensor all = Objects.requireNonNull(sum);
    return rows == null
        ? new Value(all.sum(), batch.size())
        : new Value(all.mul(rows).sum(), rows.sum().item());
  }

  private Value weighted(
      Tensor each, Loss loss, @Nullable Tensor rows, Tensor targets, double factor) {
    if (rows == null && classWeights == null) {
      return new Value(each.sum().mul(factor), loss.count(each, targets));
    }
    Tensor weights = Tensors.ones(DType.FLOAT32, each.shape().sizes());
    if (rows != null) {
      weights = weights.mul(each.rank() == 1 ? rows : rows.unsqueeze(1));
    }
    if (classWeights != null) {
      Tensor byClass = Tensors.of(classWeights, classWeights.length);
      weights =
          weights.mul(
              targets.dtype().isFloating()
                  ? targets.matmul(byClass)
                  : byClass.indexSelect(0, places(targets)).reshape(targets.shape().sizes()));
    }
    if (each.rank() == 2 && !targets.dtype().isFloating()) {
      weights = weights.mul(targets.eq(Targets.IGNORED).not().to(DType.FLOAT32));
    }
    return new Value(each.mul(weights).sum().mul(factor), weights.sum().item());
  }

  /** Classes as places in a list; ignored steps take the first, whose weight is then undone. */
  private static Tensor places(Tensor targets) {
    return targets.reshape(-1).clamp(0, Integer.MAX_VALUE).to(DType.INT64);
  }
}

package io.millrace.train;

import io.millrace.data.Batch;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.model.Network;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.train.metric.Metric;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The loss and metrics of a network on data that it does not learn from. */
final class Validation {
  private static final int BATCH = 512;

  private Validation() {}

  static Map<String, Double> evaluate(
      Network network, Dataset data, Objective objective, List<Metric> metrics) {
    List<Metric.Count> counts = metrics.stream().map(Metric::start).toList();
    double sum = 0;
    double weight = 0;
    try (Mode mode = Mode.inference();
        Batches.Epoch epoch = Batches.inOrder(data, BATCH).epoch(0)) {
      while (epoch.hasNext()) {
        Batch next = epoch.next();
        try (Scope step = Scope.open()) {
          List<Tensor> scores =
              network.scores(next.inputs(network.plan().inputs().keySet()), Layer.Pass.INFERENCE);
          Objective.Value value = objective.sum(scores, network.plan(), next);
          sum += value.sum().item();
          weight += value.count();
          Tensor targets = next.targets();
          for (Metric.Count count : counts) {
            count.add(scores.getFirst(), network.lastActivation(), targets);
          }
        }
      }
    }
    return values(sum / weight, counts, metrics);
  }

  static Map<String, Double> values(
      double meanLoss, List<Metric.Count> counts, List<Metric> metrics) {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", meanLoss);
    for (int i = 0; i < counts.size(); i++) {
      values.put(metrics.get(i).name(), counts.get(i).value());
      values.putAll(counts.get(i).details());
    }
    return values;
  }
}

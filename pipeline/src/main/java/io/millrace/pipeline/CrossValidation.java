package io.millrace.pipeline;

import io.millrace.evaluate.Evaluation;
import io.millrace.train.TrainingResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Trains and evaluates fold by fold: the mean of each figure, and how much folds differ. */
final class CrossValidation {
  private CrossValidation() {}

  /** Figures by name, {@code cv.} before each, and the folds' standard deviation. */
  static Map<String, Double> figures(
      List<Loaded.Prepared> folds,
      Function<Loaded.Prepared, TrainingResult> train,
      java.util.function.BiFunction<TrainingResult, Loaded.Prepared, Evaluation> evaluate) {
    Map<String, List<Double>> all = new LinkedHashMap<>();
    for (Loaded.Prepared fold : folds) {
      try (TrainingResult trained = train.apply(fold)) {
        evaluate
            .apply(trained, fold)
            .metrics()
            .forEach((name, value) -> all.computeIfAbsent(name, n -> new ArrayList<>()).add(value));
      }
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    all.forEach(
        (name, values) -> {
          double mean = values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
          double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
          figures.put("cv." + name, mean);
          figures.put(
              "cv." + name + ".deviation", Math.sqrt(squares / Math.max(1, values.size() - 1)));
        });
    return figures;
  }
}

package io.millrace.pipeline;

import io.millrace.data.Dataset;
import io.millrace.data.Targets;
import io.millrace.evaluate.Evaluator;
import io.millrace.evaluate.explain.IntegratedGradients;
import io.millrace.evaluate.report.Report;
import io.millrace.model.Network;
import io.millrace.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Chooses held-out pictures for the report: half of them misses, as far as there are any, then
 * hits.
 */
final class Examples {
  private static final int STEPS = 32;

  private Examples() {}

  static List<Report.Example> of(Network network, Dataset test, float[][] outputs, int count) {
    Shape shape = test.inputs().shape();
    if (shape.rank() != 2 || !(test.targets() instanceof Targets.Classes classes)) {
      return List.of();
    }
    List<Integer> chosen = new ArrayList<>();
    for (int row = 0; row < outputs.length && chosen.size() < count / 2; row++) {
      if (Evaluator.chosen(outputs[row]) != classes.labels()[row]) {
        chosen.add(row);
      }
    }
    for (int row = 0; row < outputs.length && chosen.size() < count; row++) {
      if (Evaluator.chosen(outputs[row]) == classes.labels()[row]) {
        chosen.add(row);
      }
    }
    IntegratedGradients explainer = new IntegratedGradients(network, STEPS);
    List<Report.Example> examples = new ArrayList<>();
    for (int row : chosen) {
      float[] pixels = new float[(int) shape.elements()];
      test.inputs().copy(row, pixels, 0);
      int said = Evaluator.chosen(outputs[row]);
      examples.add(
          new Report.Example(
              pixels,
              (int) shape.size(0),
              (int) shape.size(1),
              classes.classes().get(classes.labels()[row]),
              classes.classes().get(said),
              Evaluator.probability(outputs[row], said),
              explainer.explain(pixels, outputs[row].length == 1 ? 0 : said).attributions()));
    }
    return examples;
  }
}

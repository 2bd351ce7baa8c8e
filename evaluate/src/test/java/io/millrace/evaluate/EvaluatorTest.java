package io.millrace.evaluate;

import static io.millrace.model.layer.Layers.dense;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.evaluate.explain.Explanation;
import io.millrace.evaluate.explain.IntegratedGradients;
import io.millrace.evaluate.report.Report;
import io.millrace.model.Network;
import io.millrace.model.Provenance;
import io.millrace.model.Sequential;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensors;
import io.millrace.train.History;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EvaluatorTest {
  private static Dataset classes(int... labels) {
    return new Dataset(
        "d",
        Rows.of(new float[labels.length], Shape.of(1)),
        new Targets.Classes(labels, List.of("a", "b", "c")));
  }

  @Test
  void classificationEqualsScikitLearn() {
    float[][] outputs = {
      {0.7f, 0.2f, 0.1f},
      {0.3f, 0.4f, 0.3f},
      {0.2f, 0.5f, 0.3f},
      {0.6f, 0.3f, 0.1f},
      {0.1f, 0.1f, 0.8f}
    };
    var result = (Evaluation.Classification) Evaluator.evaluate(classes(0, 0, 1, 1, 2), outputs);
    assertThat(result.confusion()).isDeepEqualTo(new int[][] {{1, 1, 0}, {1, 1, 0}, {0, 0, 1}});
    // sklearn.metrics on the same five rows: accuracy 0.6; macro precision, recall, F1 2/3; log
    // loss 0.7332
    assertThat(result.accuracy()).isEqualTo(0.6);
    assertThat(result.metrics().get("precision")).isCloseTo(2 / 3.0, within(1e-12));
    assertThat(result.metrics().get("f1")).isCloseTo(2 / 3.0, within(1e-12));
    double logLoss =
        -(Math.log(0.7) + Math.log(0.3) + Math.log(0.5) + Math.log(0.3) + Math.log(0.8)) / 5;
    assertThat(result.logLoss()).isCloseTo(logLoss, within(1e-6));
    var missed =
        (Evaluation.Classification)
            Evaluator.evaluate(classes(0, 1), new float[][] {{1, 0, 0}, {1, 0, 0}});
    assertThat(missed.precision(2)).isZero();
    assertThat(missed.metrics().get("log-loss")).isCloseTo(-Math.log(1e-15) / 2, within(1e-6));
  }

  @Test
  void regressionEqualsTheFormulas() {
    Dataset data =
        new Dataset(
            "d",
            Rows.of(new float[3], Shape.of(1)),
            new Targets.Numbers(Rows.of(new float[] {1, 2, 6}, Shape.of(1)), List.of("y")));
    var result = Evaluator.evaluate(data, new float[][] {{1}, {3}, {4}}).metrics();
    assertThat(result.get("mse")).isCloseTo(5 / 3.0, within(1e-12));
    assertThat(result.get("mae")).isCloseTo(1.0, within(1e-12));
    assertThat(result.get("r2")).isCloseTo(1 - 5 / 14.0, within(1e-12));
  }

  @Test
  void attributionsOfALinearModelAreWeightTimesInputAndSumUp() {
    try (Network network = Sequential.of(dense(1)).build(Shape.of(3), 1);
        Scope scope = Scope.open()) {
      network.load(
          Map.of(
              "0.weight", Tensors.of(new float[] {2, -1, 0.5f}, 1, 3),
              "0.bias", Tensors.of(new float[] {7}, 1)));
      Explanation explanation =
          new IntegratedGradients(network, 4).explain(new float[] {1, 3, 4}, 0);
      assertThat(explanation.attributions()).containsExactly(2, -3, 2);
      assertThat(explanation.gap()).isLessThan(1e-5);
      assertThat(network.parameters().get("0.weight").gradient()).isEmpty();
      assertThatThrownBy(() -> new IntegratedGradients(network, 4).explain(new float[2], 0))
          .hasMessageContaining("2 numbers");
      assertThatThrownBy(() -> new IntegratedGradients(network, 4).explain(new float[3], 1))
          .hasMessageContaining("output 1");
    }
  }

  @Test
  void theSameQuestionGivesTheSameAnswerAndSumsUpOnADeepNetwork() {
    try (Network network =
        Sequential.of(dense(16).relu(), dense(3).softmax()).build(Shape.of(8), 3)) {
      float[] input = {1, -2, 3, 0.5f, 0, 1, 2, -1};
      IntegratedGradients explainer = new IntegratedGradients(network, 128);
      Explanation first = explainer.explain(input, 1);
      assertThat(explainer.explain(input, 1).attributions()).containsExactly(first.attributions());
      assertThat(first.gap()).isLessThan(0.01);
    }
  }

  @Test
  void theReportEscapesWhatItIsGiven() {
    String html =
        new Report(
                "<script>alert(1)</script>",
                "summary <b>",
                "<svg></svg>",
                new History(List.of(new History.Epoch(1, 0.1, Map.of("loss", 0.5)))),
                new Evaluation.Regression(3, 1, 1, 0.5),
                "a <text>",
                List.of(),
                new Provenance("now", Map.of(), Map.of(), Map.of(), Map.of("x", "<i>"), Map.of()))
            .html();
    assertThat(html)
        .contains("&lt;script&gt;alert(1)")
        .doesNotContain("<script>alert(1)")
        .doesNotContain("{{");
  }

  @Test
  void rankingsEqualScikitLearn() {
    // Of 4 · 2 pairs the class is ahead in 4, level in 1: 4.5 / 8.
    Ranking ranking =
        Ranking.of(
            new double[] {0.9, 0.8, 0.7, 0.6, 0.5, 0.5},
            new boolean[] {true, false, true, true, false, true});
    assertThat(ranking.auc()).isCloseTo(0.5625, within(1e-9));
    // recall steps 1/4 at precision 1, 2/3, 3/4, and 4/6 for the tie at the end
    assertThat(ranking.averagePrecision())
        .isCloseTo((1 + 2 / 3.0 + 3 / 4.0 + 4 / 6.0) / 4, within(1e-9));
    assertThat(ranking.roc().getFirst()).isEqualTo(new Ranking.Point(0, 0));
    assertThat(ranking.roc().getLast()).isEqualTo(new Ranking.Point(1, 1));
    assertThat(Ranking.of(new double[] {1, 2}, new boolean[] {true, true}).auc()).isNaN();
    double metric =
        io.millrace.train.metric.Auc.of(
            new double[] {0.9, 0.8, 0.7, 0.6, 0.5, 0.5},
            new boolean[] {true, false, true, true, false, true});
    assertThat(metric).isCloseTo(ranking.auc(), within(1e-12));
  }

  @Test
  void calibrationAndSeveralLabels() {
    float[][] outputs = {{0.9f, 0.1f, 0}, {0.9f, 0.1f, 0}, {0.4f, 0.6f, 0}, {0, 0, 1}};
    var result = (Evaluation.Classification) Evaluator.evaluate(classes(0, 1, 1, 2), outputs);
    // |0.9 − 0.5|·2/4 + |0.6 − 1|·1/4 + 0
    assertThat(result.calibration().expectedError()).isCloseTo(0.3, within(1e-6));
    Dataset data =
        new Dataset(
            "d",
            Rows.of(new float[3], Shape.of(1)),
            new Targets.Numbers(
                Rows.of(new float[] {1, 0, 1, 1, 0, 0}, Shape.of(2)), List.of("wet", "cold")));
    var labels =
        Evaluator.labels(
                (Targets.Numbers) data.targets(),
                new float[][] {{0.9f, 0.2f}, {0.8f, 0.3f}, {0.1f, 0.6f}})
            .metrics();
    assertThat(labels.get("all-right")).isCloseTo(1 / 3.0, within(1e-9));
    assertThat(labels.get("hamming-loss")).isCloseTo(2 / 6.0, within(1e-9));
    // wet: f1 1; cold: f1 0
    assertThat(labels.get("f1")).isCloseTo(0.5, within(1e-9));
    assertThat(labels.get("f1-micro")).isCloseTo(4 / 6.0, within(1e-9));
  }
}

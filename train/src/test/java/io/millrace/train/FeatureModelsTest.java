package io.millrace.train;

import static io.millrace.model.layer.Layers.concatenate;
import static io.millrace.model.layer.Layers.dense;
import static io.millrace.model.layer.Layers.embedding;
import static io.millrace.model.layer.Layers.gruSequences;
import static io.millrace.train.loss.Losses.meanSquaredError;
import static io.millrace.train.loss.Losses.sparseCategoricalCrossEntropy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.data.text.NextPiece;
import io.millrace.data.text.Vocabulary;
import io.millrace.model.Graph;
import io.millrace.model.Model;
import io.millrace.model.Sequential;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.train.loss.Loss;
import io.millrace.train.metric.Accuracy;
import io.millrace.train.metric.ClassReport;
import io.millrace.train.metric.Perplexity;
import io.millrace.train.metric.TopK;
import io.millrace.train.optimizer.Adam;
import io.millrace.train.optimizer.Sgd;
import io.millrace.train.schedule.Plateau;
import io.millrace.train.schedule.Schedule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Networks and tools beyond one input, one output and a fixed step length. */
class FeatureModelsTest {
  private static final Sequential SMALL = Sequential.of(dense(16).relu(), dense(3).softmax());

  /** Three classes about three points in eight dimensions. */
  static Dataset points(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count * 8];
    int[] labels = new int[count];
    for (int row = 0; row < count; row++) {
      labels[row] = random.nextInt(3);
      for (int i = 0; i < 8; i++) {
        values[row * 8 + i] = (float) (random.nextGaussian() + (i % 3 == labels[row] ? 1.5 : 0));
      }
    }
    return new Dataset(
        "points",
        Rows.of(values, Shape.of(8)),
        new Targets.Classes(labels, List.of("a", "b", "c")));
  }

  static Trainer small(Model model) {
    return Trainer.of(model)
        .loss(sparseCategoricalCrossEntropy())
        .optimizer(Sgd.sgd(0.1))
        .batch(16)
        .seed(3);
  }

  @Test
  void severalInputsAndOutputsWithASharedLayer() {
    var graph = Graph.builder();
    String left = graph.input("left");
    String right = graph.input("right");
    String first = graph.add("first", dense(8).relu(), left);
    String second = graph.again("second", first, right);
    String both = graph.add("both", concatenate(), first, second);
    graph.output(graph.add("class", dense(3).softmax(), both), graph.add("sum", dense(1), both));
    Model model = graph.build();
    Dataset one = points(120, 1);
    Map<String, Rows> inputs = new LinkedHashMap<>();
    inputs.put("left", one.inputs());
    inputs.put("right", points(120, 2).inputs());
    float[] sums = new float[120];
    float[] row = new float[8];
    for (int i = 0; i < 120; i++) {
      inputs.get("right").copy(i, row, 0);
      sums[i] = row[0] + row[1];
    }
    Map<String, Targets> targets = new LinkedHashMap<>();
    targets.put("class", one.targets());
    targets.put("sum", new Targets.Numbers(Rows.of(sums, Shape.of(1)), List.of("sum")));
    Dataset data = new Dataset("two", inputs, targets, null);
    Trainer trainer =
        Trainer.of(model)
            .loss("class", sparseCategoricalCrossEntropy(), 1)
            .loss("sum", meanSquaredError(), 0.5)
            .optimizer(Adam.adam(0.01))
            .epochs(40)
            .batch(20);
    try (TrainingResult result = trainer.fit(data)) {
      assertThat(result.history().last().metric("loss")).isLessThan(0.25);
      // 8·8+8 shared once, 16·3+3, 16·1+1
      assertThat(result.network().parameterCount()).isEqualTo(72 + 51 + 17);
      assertThat(result.network().picture()).contains("second", "Concatenate", "</svg>");
    }
    assertThatThrownBy(() -> Trainer.of(model).loss("nothing", meanSquaredError(), 1).fit(data))
        .hasMessageContaining("no output \"nothing\"");
  }

  @Test
  void aLanguageModelLearnsAndKeepsItsMetrics() {
    String text = "the cat sat on the mat and the dog sat on the log ".repeat(30);
    Vocabulary vocabulary = Vocabulary.characters(text);
    Dataset data = NextPiece.dataset("cats", vocabulary.encoder().encode(text), vocabulary, 24);
    Trainer trainer =
        Trainer.of(
                Sequential.of(
                    embedding(vocabulary.size(), 16),
                    gruSequences(48),
                    dense(vocabulary.size()).softmax()))
            .loss(sparseCategoricalCrossEntropy())
            .metrics(
                new Accuracy(),
                new Perplexity(),
                new TopK(3),
                new ClassReport(ClassReport.Measure.F1, true))
            .optimizer(Adam.adam(0.02))
            .batch(8)
            .epochs(12);
    try (TrainingResult result = trainer.fit(data)) {
      History.Epoch last = result.history().last();
      assertThat(last.metric("perplexity")).isLessThan(1.8);
      assertThat(last.metric("perplexity")).isCloseTo(Math.exp(last.metric("loss")), within(1e-3));
      assertThat(last.metric("top-3")).isGreaterThan(last.metric("accuracy"));
      assertThat(last.values()).containsKey("f1.0");
    }
  }

  @Test
  void schedulesFindersAndProfilesWork() {
    assertThatThrownBy(
            () ->
                small(SMALL)
                    .schedule(new Schedule.Warmup(1000, 0, new Schedule.Constant()))
                    .fit(points(64, 1)))
        .hasMessageContaining("1000 steps")
        .hasMessageContaining("only 4");
    try (TrainingResult falling =
        small(SMALL)
            .scheduleByEpoch(new Schedule.Step(2, 0.1, List.of()))
            .epochs(3)
            .fit(points(64, 1))) {
      assertThat(falling.history().last().metric("rate")).isCloseTo(0.01, within(1e-12));
    }
    try (TrainingResult plateau =
        small(SMALL)
            .optimizer(Sgd.sgd(1e-12))
            .schedule(new Plateau("loss", 0.5, 1, 1e-2, 0, 0))
            .epochs(6)
            .fit(points(64, 1))) {
      assertThat(plateau.history().last().metric("rate")).isLessThan(0.6e-12);
    }
    RateFinder.Curve curve = RateFinder.search(small(SMALL), points(256, 1), 1e-5, 100, 80);
    assertThat(curve.suggestion()).isBetween(1e-4, 10.0);
    assertThat(curve.picture()).startsWith("<svg").endsWith("</svg>");
    Profile profile = Profile.of(small(SMALL), points(64, 1), 5);
    assertThat(profile.layers()).hasSize(2);
    assertThat(profile.text()).contains("0: Dense", "optimizer");
  }

  /** A loss of one's own: fourth powers, flat near 0, so that it ends near, not at, the truth. */
  record FourthPower() implements Loss {
    @Override
    public Tensor each(Tensor scores, io.millrace.model.layer.Activation last, Tensor targets) {
      return last.apply(scores).sub(targets).pow(4).mean(1);
    }

    @Override
    public void check(Shape output, io.millrace.model.layer.Activation last, Targets targets) {}
  }

  @Test
  void aLossOfOnesOwnAndNaNWithItsRows() {
    Dataset line =
        new Dataset(
            "line",
            Rows.of(new float[] {0, 1, 2, 3}, Shape.of(1)),
            new Targets.Numbers(Rows.of(new float[] {1, 3, 5, 7}, Shape.of(1)), List.of("y")));
    try (TrainingResult result =
        Trainer.of(Sequential.of(dense(1)))
            .loss(new FourthPower())
            .optimizer(Adam.adam(0.05))
            .batch(4)
            .epochs(600)
            .fit(line)) {
      assertThat((double) result.predict(Rows.of(new float[] {10}, Shape.of(1)))[0][0])
          .isCloseTo(21, within(1.0));
    }
    float[] values = {1, 2, Float.NaN, 4};
    Dataset broken = line.withInputs(Rows.of(values, Shape.of(1)));
    assertThatThrownBy(() -> Trainer.of(Sequential.of(dense(1))).anomaly().batch(4).fit(broken))
        .hasMessageContaining("step 1")
        .hasMessageContaining("(rows 3)");
    float[] large = {1, 2, 1e38f, 4};
    Dataset overflowing = line.withInputs(Rows.of(large, Shape.of(1)));
    assertThatThrownBy(
            () ->
                Trainer.of(Sequential.of(dense(4), dense(4), dense(1)))
                    .optimizer(Sgd.sgd(1))
                    .batch(4)
                    .epochs(3)
                    .fit(overflowing))
        .hasMessageContaining("step");
  }
}

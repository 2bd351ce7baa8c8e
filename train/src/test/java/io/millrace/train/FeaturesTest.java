package io.millrace.train;

import static io.millrace.model.layer.Layers.batchNormalization;
import static io.millrace.model.layer.Layers.concatenate;
import static io.millrace.model.layer.Layers.conv2d;
import static io.millrace.model.layer.Layers.dense;
import static io.millrace.model.layer.Layers.dropout;
import static io.millrace.model.layer.Layers.embedding;
import static io.millrace.model.layer.Layers.flatten;
import static io.millrace.model.layer.Layers.gruSequences;
import static io.millrace.model.layer.Layers.maxPooling2d;
import static io.millrace.model.layer.Layers.reshape;
import static io.millrace.train.loss.Losses.meanSquaredError;
import static io.millrace.train.loss.Losses.sparseCategoricalCrossEntropy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Sampler;
import io.millrace.data.Targets;
import io.millrace.data.augment.Augment;
import io.millrace.data.text.NextPiece;
import io.millrace.data.text.Vocabulary;
import io.millrace.model.Graph;
import io.millrace.model.Model;
import io.millrace.model.Sequential;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.train.listener.CsvLog;
import io.millrace.train.listener.EarlyStop;
import io.millrace.train.listener.SaveCheckpoint;
import io.millrace.train.loss.Loss;
import io.millrace.train.metric.Accuracy;
import io.millrace.train.metric.Auc;
import io.millrace.train.metric.ClassReport;
import io.millrace.train.metric.Perplexity;
import io.millrace.train.metric.TopK;
import io.millrace.train.optimizer.Adam;
import io.millrace.train.optimizer.AdamW;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.Sgd;
import io.millrace.train.schedule.Plateau;
import io.millrace.train.schedule.Schedule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the trainer can do besides plain epochs. */
class FeaturesTest {
  private static final Sequential SMALL = Sequential.of(dense(16).relu(), dense(3).softmax());

  @TempDir private Path folder;

  /** Three classes about three points in eight dimensions. */
  private static Dataset points(int count, long seed) {
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

  private static Trainer small(Model model) {
    return Trainer.of(model)
        .loss(sparseCategoricalCrossEntropy())
        .optimizer(Sgd.sgd(0.1))
        .batch(16)
        .seed(3);
  }

  private static Map<String, float[]> weights(TrainingResult result) {
    Map<String, float[]> all = new LinkedHashMap<>();
    result.network().state().forEach((name, tensor) -> all.put(name, tensor.toFloats()));
    return all;
  }

  private static void assertClose(TrainingResult one, TrainingResult other, double room) {
    Map<String, float[]> wanted = weights(other);
    weights(one)
        .forEach(
            (name, values) -> {
              for (int i = 0; i < values.length; i++) {
                assertThat((double) values[i])
                    .as(name)
                    .isCloseTo(wanted.get(name)[i], within(room));
              }
            });
  }

  private static void assertSame(TrainingResult one, TrainingResult other) {
    Map<String, float[]> wanted = weights(other);
    weights(one).forEach((name, values) -> assertThat(values).containsExactly(wanted.get(name)));
    assertThat(one.history().last().values()).isEqualTo(other.history().last().values());
  }

  @Test
  void accumulatedBatchesEqualOneLargeBatch() {
    // 100 rows: the last step of an epoch gathers a smaller rest.
    try (TrainingResult large = small(SMALL).batch(32).epochs(3).fit(points(100, 1));
        TrainingResult pieces = small(SMALL).batch(4).accumulate(8).epochs(3).fit(points(100, 1))) {
      assertClose(pieces, large, 1e-6);
      assertThat(pieces.history().last().metric("loss"))
          .isCloseTo(large.history().last().metric("loss"), within(1e-6));
    }
  }

  @Test
  void weightsCountAsRepeatedRowsDo() {
    Dataset data = points(40, 2);
    float[] weights = new float[40];
    List<Integer> repeated = new ArrayList<>();
    for (int row = 0; row < 40; row++) {
      weights[row] = 1 + row % 3;
      for (int i = 0; i < weights[row]; i++) {
        repeated.add(row);
      }
    }
    Dataset twice = data.select(repeated.stream().mapToInt(r -> r).toArray());
    try (TrainingResult weighted = small(SMALL).batch(40).fit(data.weighted(weights));
        TrainingResult longer = small(SMALL).batch(twice.count()).fit(twice);
        TrainingResult even = small(SMALL).batch(40).fit(data)) {
      assertClose(weighted, longer, 1e-6);
      assertThat(weights(weighted).get("0.weight")).isNotEqualTo(weights(even).get("0.weight"));
    }
    try (TrainingResult byClass = small(SMALL).batch(40).classWeights(1, 2, 3).fit(data);
        TrainingResult byRow =
            small(SMALL)
                .batch(40)
                .fit(
                    data.weighted(
                        toFloats(
                            java.util.Arrays.stream(((Targets.Classes) data.targets()).labels())
                                .map(label -> label + 1)
                                .toArray())))) {
      assertClose(byClass, byRow, 1e-7);
    }
    assertThatThrownBy(() -> small(SMALL).classWeights(1, 2).fit(data))
        .hasMessageContaining("2 class weights")
        .hasMessageContaining("3 classes");
    assertThatThrownBy(() -> data.weighted(new float[3])).hasMessageContaining("40 rows");
    assertThatThrownBy(() -> data.weighted(new float[40])).hasMessageContaining("weight 0");
  }

  private static float[] toFloats(int[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = values[i];
    }
    return floats;
  }

  @Test
  void clippingHoldsStepsShort() {
    try (TrainingResult start =
            small(SMALL).optimizer(Sgd.sgd(1e-30)).batch(50).fit(points(50, 1));
        TrainingResult clipped =
            small(SMALL).optimizer(Sgd.sgd(1)).clipNorm(0.01).batch(50).fit(points(50, 1));
        TrainingResult bounded =
            small(SMALL).optimizer(Sgd.sgd(1)).clipValue(1e-4).batch(50).fit(points(50, 1))) {
      double squares = 0;
      for (Map.Entry<String, float[]> weight : weights(clipped).entrySet()) {
        float[] before = weights(start).get(weight.getKey());
        float[] bound = weights(bounded).get(weight.getKey());
        for (int i = 0; i < before.length; i++) {
          double change = weight.getValue()[i] - before[i];
          squares += change * change;
          assertThat(Math.abs(bound[i] - before[i])).isLessThan(1.01e-4f);
        }
      }
      assertThat(Math.sqrt(squares)).isCloseTo(0.01, within(1e-5));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 7})
  void checkpointingChangesNothing(int stretches) {
    Sequential model =
        Sequential.of(
            dense(16).relu(),
            batchNormalization(),
            dropout(0.3),
            dense(8).tanh(),
            dropout(0.2),
            dense(3).softmax());
    try (TrainingResult plain = small(model).epochs(2).fit(points(64, 1));
        TrainingResult cut = small(model).checkpointing(stretches).epochs(2).fit(points(64, 1))) {
      assertSame(cut, plain);
    }
  }

  @Test
  void bf16LearnsAsWell() {
    Trainer trainer = small(SMALL).metrics(new Accuracy()).precision(Precision.BF16).epochs(8);
    try (TrainingResult result = trainer.fit(points(400, 1))) {
      assertThat(result.history().last().metric("accuracy")).isGreaterThan(0.85);
      result
          .network()
          .parameters()
          .values()
          .forEach(w -> assertThat(w.dtype()).hasToString("float32"));
    }
  }

  @Test
  void interruptedAnywhereAndResumedEqualsTheStraightRunBitForBit() {
    Sequential model =
        Sequential.of(dense(16).relu(), batchNormalization(), dropout(0.3), dense(3).softmax());
    SplittableRandom random = new SplittableRandom(20261122);
    for (int round = 0; round < 6; round++) {
      Path file = folder.resolve("c" + round);
      int at = 1 + random.nextInt(29);
      Stop stop = new Stop();
      TrainingListener pull =
          new TrainingListener() {
            @Override
            public void stepped(Training training) {
              if (training.totalSteps() >= at) {
                stop.request();
              }
            }
          };
      try (TrainingResult straight = rich(model).fit(points(160, 1))) {
        assertThatThrownBy(
                () ->
                    rich(model)
                        .stopOn(stop)
                        .listeners(new SaveCheckpoint(file), pull)
                        .fit(points(160, 1)))
            .hasMessageContaining("interrupted");
        try (TrainingResult resumed = rich(model).resume(file).fit(points(160, 1))) {
          assertSame(resumed, straight);
          assertThat(resumed.history().epochs()).hasSize(3);
          assertThat(resumed.history().epochs().get(1).values())
              .isEqualTo(straight.history().epochs().get(1).values());
        }
      }
      assertThatThrownBy(() -> rich(model).optimizer(Adam.adam(1)).resume(file).fit(points(160, 1)))
          .hasMessageContaining("optimizer: AdamW")
          .hasMessageContaining("Adam[rate=1.0");
    }
  }

  /** Ten steps an epoch, with everything that has a memory. */
  private static Trainer rich(Model model) {
    return small(model)
        .optimizer(AdamW.adamw(0.01, 0.1))
        .groups(new Group(List.of("*.bias"), 1, 0.0))
        .schedule(new Schedule.Warmup(4, 0, new Schedule.Cosine(null, 0, null)))
        .metrics(new Accuracy(), new Auc())
        .average(new Average.Ema(0.9))
        .accumulate(2)
        .batch(8)
        .epochs(3)
        .validationSplit(0.2)
        .listeners(new EarlyStop("val_loss", 3));
  }

  @Test
  void checkpointsHoldWhatOtherListenersSawAlsoWhenAddedFirst() {
    Path file = folder.resolve("first");
    Trainer first =
        small(SMALL)
            .optimizer(Adam.adam(0.3))
            .validationSplit(0.3)
            .listeners(new SaveCheckpoint(file), new EarlyStop("val_loss", 2));
    Trainer again =
        small(SMALL)
            .optimizer(Adam.adam(0.3))
            .validationSplit(0.3)
            .resume(file)
            .listeners(new EarlyStop("val_loss", 2));
    try (TrainingResult whole = first.epochs(40).fit(points(90, 1));
        TrainingResult resumed = again.epochs(40).fit(points(90, 1))) {
      // Stopped is stopped: the resumed one brings back the same best weights and trains no more.
      assertThat(resumed.history().epochs()).isEqualTo(whole.history().epochs());
      assertSame(resumed, whole);
    }
  }

  @Test
  void averagesAreWhatTheySay() {
    List<float[]> seen = new ArrayList<>();
    TrainingListener watch =
        new TrainingListener() {
          @Override
          public void finished(Training training, History.Epoch epoch) {
            seen.add(training.network().state().get("1.bias").toFloats());
          }
        };
    try (TrainingResult mean =
        small(SMALL).average(new Average.Swa(2)).epochs(4).listeners(watch).fit(points(64, 1))) {
      float[] bias = weights(mean).get("1.bias");
      for (int i = 0; i < bias.length; i++) {
        double expected = (seen.get(1)[i] + seen.get(2)[i] + seen.get(3)[i]) / 3;
        assertThat((double) bias[i]).isCloseTo(expected, within(1e-6));
      }
    }
  }

  @Test
  void frozenLayersStayAndGroupsMustMatch() {
    Sequential model = Sequential.of(dense(16).relu(), batchNormalization(), dense(3).softmax());
    try (TrainingResult first = small(model).epochs(1).fit(points(64, 1));
        TrainingResult frozen =
            small(model)
                .startFrom(first.network())
                .freeze(List.of("0", "1"))
                .epochs(3)
                .fit(points(64, 1))) {
      Map<String, float[]> before = weights(first);
      weights(frozen)
          .forEach(
              (name, values) -> {
                if (name.startsWith("2.")) {
                  assertThat(values).isNotEqualTo(before.get(name));
                } else {
                  assertThat(values).containsExactly(before.get(name));
                }
              });
      assertThat(frozen.network().summary()).contains("not trainable");
    }
    assertThatThrownBy(() -> small(SMALL).freeze(List.of("9")).fit(points(64, 1)))
        .hasMessageContaining("no layer is called \"9\"");
    assertThatThrownBy(() -> small(SMALL).freeze(List.of("*")).fit(points(64, 1)))
        .hasMessageContaining("no weight is left");
    assertThatThrownBy(
            () -> small(SMALL).groups(new Group(List.of("x.*"), 1, null)).fit(points(64, 1)))
        .hasMessageContaining("matches no weight");
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
  void pictureChangesAreTheSameForAnyNumberOfLoaders() {
    Random random = new Random(1);
    float[] pixels = new float[64 * 12 * 12];
    int[] labels = new int[64];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
      labels[i / 144] = i / 144 % 3;
    }
    Dataset data =
        new Dataset(
            "noise",
            Rows.of(pixels, Shape.of(12, 12)),
            new Targets.Classes(labels, List.of("a", "b", "c")));
    List<Augment> changes =
        List.of(
            new Augment.Flip(0.5, 0.5),
            new Augment.Crop(2),
            new Augment.Affine(10, 0.1, 5, 0.1),
            new Augment.Colour(0.2, 0.2, 0),
            new Augment.Cutout(3, 0.5),
            new Augment.Mixup(0.4),
            new Augment.Cutmix(1));
    Sequential model =
        Sequential.of(
            reshape(12, 12, 1),
            conv2d(4, 3).relu(),
            maxPooling2d(2),
            flatten(),
            dense(3).softmax());
    TrainingResult none = small(model).augment(changes).loaders(0).epochs(2).fit(data);
    TrainingResult three = small(model).augment(changes).loaders(3).epochs(2).fit(data);
    TrainingResult plain = small(model).epochs(2).fit(data);
    assertSame(three, none);
    assertThat(weights(plain).get("1.weight")).isNotEqualTo(weights(none).get("1.weight"));
    none.close();
    three.close();
    plain.close();
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

  @Test
  void listenersWriteFilesAndSamplersChoose() throws Exception {
    Path csv = folder.resolve("log/history.csv");
    small(SMALL).epochs(3).listeners(new CsvLog(csv)).fit(points(64, 1)).close();
    assertThat(Files.readAllLines(csv)).hasSize(4).first().isEqualTo("epoch,seconds,loss,rate");
    Sampler balanced =
        Sampler.balanced(
            new Targets.Classes(new int[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, List.of("a", "b")), 1);
    long rare =
        java.util.stream.IntStream.range(0, 100)
            .flatMap(epoch -> java.util.Arrays.stream(balanced.order(epoch)))
            .filter(row -> row == 9)
            .count();
    assertThat(rare).isBetween(430L, 570L);
    int[] lengths = {5, 1, 4, 2, 3, 9, 8, 7, 6, 10};
    int[] order = Sampler.bucketed(lengths, 2, 1).order(0);
    assertThat(order).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    for (int i = 0; i < 10; i += 2) {
      assertThat(Math.abs(lengths[order[i]] - lengths[order[i + 1]])).isEqualTo(1);
    }
    assertThatThrownBy(() -> Sampler.weighted(new double[] {0, 0}, 1))
        .hasMessageContaining("weights are 0");
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

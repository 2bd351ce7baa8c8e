package io.millrace.train;

import static io.millrace.model.layer.Layers.batchNormalization;
import static io.millrace.model.layer.Layers.conv2d;
import static io.millrace.model.layer.Layers.dense;
import static io.millrace.model.layer.Layers.dropout;
import static io.millrace.model.layer.Layers.flatten;
import static io.millrace.model.layer.Layers.maxPooling2d;
import static io.millrace.model.layer.Layers.reshape;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Sampler;
import io.millrace.data.Targets;
import io.millrace.data.augment.Augment;
import io.millrace.model.Model;
import io.millrace.model.Sequential;
import io.millrace.tensor.Shape;
import io.millrace.train.listener.CsvLog;
import io.millrace.train.listener.EarlyStop;
import io.millrace.train.listener.SaveCheckpoint;
import io.millrace.train.metric.Accuracy;
import io.millrace.train.metric.Auc;
import io.millrace.train.optimizer.Adam;
import io.millrace.train.optimizer.AdamW;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.Sgd;
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
    try (TrainingResult large =
            FeatureModelsTest.small(SMALL)
                .batch(32)
                .epochs(3)
                .fit(FeatureModelsTest.points(100, 1));
        TrainingResult pieces =
            FeatureModelsTest.small(SMALL)
                .batch(4)
                .accumulate(8)
                .epochs(3)
                .fit(FeatureModelsTest.points(100, 1))) {
      assertClose(pieces, large, 1e-6);
      assertThat(pieces.history().last().metric("loss"))
          .isCloseTo(large.history().last().metric("loss"), within(1e-6));
    }
  }

  @Test
  void weightsCountAsRepeatedRowsDo() {
    Dataset data = FeatureModelsTest.points(40, 2);
    float[] weights = new float[40];
    List<Integer> repeated = new ArrayList<>();
    for (int row = 0; row < 40; row++) {
      weights[row] = 1 + row % 3;
      for (int i = 0; i < weights[row]; i++) {
        repeated.add(row);
      }
    }
    Dataset twice = data.select(repeated.stream().mapToInt(r -> r).toArray());
    try (TrainingResult weighted =
            FeatureModelsTest.small(SMALL).batch(40).fit(data.weighted(weights));
        TrainingResult longer = FeatureModelsTest.small(SMALL).batch(twice.count()).fit(twice);
        TrainingResult even = FeatureModelsTest.small(SMALL).batch(40).fit(data)) {
      assertClose(weighted, longer, 1e-6);
      assertThat(weights(weighted).get("0.weight")).isNotEqualTo(weights(even).get("0.weight"));
    }
    try (TrainingResult byClass =
            FeatureModelsTest.small(SMALL).batch(40).classWeights(1, 2, 3).fit(data);
        TrainingResult byRow =
            FeatureModelsTest.small(SMALL)
                .batch(40)
                .fit(
                    data.weighted(
                        toFloats(
                            java.util.Arrays.stream(((Targets.Classes) data.targets()).labels())
                                .map(label -> label + 1)
                                .toArray())))) {
      assertClose(byClass, byRow, 1e-7);
    }
    assertThatThrownBy(() -> FeatureModelsTest.small(SMALL).classWeights(1, 2).fit(data))
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
            FeatureModelsTest.small(SMALL)
                .optimizer(Sgd.sgd(1e-30))
                .batch(50)
                .fit(FeatureModelsTest.points(50, 1));
        TrainingResult clipped =
            FeatureModelsTest.small(SMALL)
                .optimizer(Sgd.sgd(1))
                .clipNorm(0.01)
                .batch(50)
                .fit(FeatureModelsTest.points(50, 1));
        TrainingResult bounded =
            FeatureModelsTest.small(SMALL)
                .optimizer(Sgd.sgd(1))
                .clipValue(1e-4)
                .batch(50)
                .fit(FeatureModelsTest.points(50, 1))) {
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
    try (TrainingResult plain =
            FeatureModelsTest.small(model).epochs(2).fit(FeatureModelsTest.points(64, 1));
        TrainingResult cut =
            FeatureModelsTest.small(model)
                .checkpointing(stretches)
                .epochs(2)
                .fit(FeatureModelsTest.points(64, 1))) {
      assertSame(cut, plain);
    }
  }

  @Test
  void bf16LearnsAsWell() {
    Trainer trainer =
        FeatureModelsTest.small(SMALL).metrics(new Accuracy()).precision(Precision.BF16).epochs(8);
    try (TrainingResult result = trainer.fit(FeatureModelsTest.points(400, 1))) {
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
      try (TrainingResult straight = rich(model).fit(FeatureModelsTest.points(160, 1))) {
        assertThatThrownBy(
                () ->
                    rich(model)
                        .stopOn(stop)
                        .listeners(new SaveCheckpoint(file), pull)
                        .fit(FeatureModelsTest.points(160, 1)))
            .hasMessageContaining("interrupted");
        try (TrainingResult resumed =
            rich(model).resume(file).fit(FeatureModelsTest.points(160, 1))) {
          assertSame(resumed, straight);
          assertThat(resumed.history().epochs()).hasSize(3);
          assertThat(resumed.history().epochs().get(1).values())
              .isEqualTo(straight.history().epochs().get(1).values());
        }
      }
      assertThatThrownBy(
              () ->
                  rich(model)
                      .optimizer(Adam.adam(1))
                      .resume(file)
                      .fit(FeatureModelsTest.points(160, 1)))
          .hasMessageContaining("optimizer: AdamW")
          .hasMessageContaining("Adam[rate=1.0");
    }
  }

  /** Ten steps an epoch, with everything that has a memory. */
  private static Trainer rich(Model model) {
    return FeatureModelsTest.small(model)
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
        FeatureModelsTest.small(SMALL)
            .optimizer(Adam.adam(0.3))
            .validationSplit(0.3)
            .listeners(new SaveCheckpoint(file), new EarlyStop("val_loss", 2));
    Trainer again =
        FeatureModelsTest.small(SMALL)
            .optimizer(Adam.adam(0.3))
            .validationSplit(0.3)
            .resume(file)
            .listeners(new EarlyStop("val_loss", 2));
    try (TrainingResult whole = first.epochs(40).fit(FeatureModelsTest.points(90, 1));
        TrainingResult resumed = again.epochs(40).fit(FeatureModelsTest.points(90, 1))) {
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
            seen.add(training.trained().state().get("1.bias").toFloats());
          }
        };
    try (TrainingResult mean =
        FeatureModelsTest.small(SMALL)
            .average(new Average.Swa(2))
            .epochs(4)
            .listeners(watch)
            .fit(FeatureModelsTest.points(64, 1))) {
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
    try (TrainingResult first =
            FeatureModelsTest.small(model).epochs(1).fit(FeatureModelsTest.points(64, 1));
        TrainingResult frozen =
            FeatureModelsTest.small(model)
                .startFrom(first.network())
                .freeze(List.of("0", "1"))
                .epochs(3)
                .fit(FeatureModelsTest.points(64, 1))) {
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
    assertThatThrownBy(
            () ->
                FeatureModelsTest.small(SMALL)
                    .freeze(List.of("9"))
                    .fit(FeatureModelsTest.points(64, 1)))
        .hasMessageContaining("no layer is called \"9\"");
    assertThatThrownBy(
            () ->
                FeatureModelsTest.small(SMALL)
                    .freeze(List.of("*"))
                    .fit(FeatureModelsTest.points(64, 1)))
        .hasMessageContaining("no weight is left");
    assertThatThrownBy(
            () ->
                FeatureModelsTest.small(SMALL)
                    .groups(new Group(List.of("x.*"), 1, null))
                    .fit(FeatureModelsTest.points(64, 1)))
        .hasMessageContaining("matches no weight");
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
    TrainingResult none =
        FeatureModelsTest.small(model).augment(changes).loaders(0).epochs(2).fit(data);
    TrainingResult three =
        FeatureModelsTest.small(model).augment(changes).loaders(3).epochs(2).fit(data);
    TrainingResult plain = FeatureModelsTest.small(model).epochs(2).fit(data);
    assertSame(three, none);
    assertThat(weights(plain).get("1.weight")).isNotEqualTo(weights(none).get("1.weight"));
    none.close();
    three.close();
    plain.close();
  }

  @Test
  void listenersWriteFilesAndSamplersChoose() throws Exception {
    Path csv = folder.resolve("log/history.csv");
    FeatureModelsTest.small(SMALL)
        .epochs(3)
        .listeners(new CsvLog(csv))
        .fit(FeatureModelsTest.points(64, 1))
        .close();
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
}

package io.millrace.train;

import static io.millrace.model.layer.Layers.dense;
import static io.millrace.model.layer.Layers.dropout;
import static io.millrace.model.layer.Layers.flatten;
import static io.millrace.train.loss.Losses.meanSquaredError;
import static io.millrace.train.loss.Losses.sparseCategoricalCrossEntropy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.DataException;
import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.data.prepare.Preparation;
import io.millrace.data.source.Digits;
import io.millrace.model.Sequential;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.train.listener.EarlyStop;
import io.millrace.train.listener.SaveCheckpoint;
import io.millrace.train.metric.Accuracy;
import io.millrace.train.optimizer.Adam;
import io.millrace.train.optimizer.Sgd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  private static final Sequential PERCEPTRON =
      Sequential.of(flatten(), dense(128).relu(), dense(10).softmax());

  @TempDir private Path folder;

  private static Dataset digits(int count) {
    Dataset all = Digits.training().select(IntStream.range(0, count).toArray());
    Rows scaled = Preparation.array(new long[] {28, 28}, 1 / 255f, 0, "grey").apply(all.inputs());
    return new Dataset("digits", scaled, all.targets());
  }

  private static Trainer perceptron() {
    return Trainer.of(PERCEPTRON)
        .loss(sparseCategoricalCrossEntropy())
        .optimizer(Adam.adam(1e-3))
        .metrics(new Accuracy())
        .batch(32)
        .validationSplit(0.2)
        .seed(7);
  }

  @Test
  void learnsRealDigits() {
    try (TrainingResult result = perceptron().epochs(3).fit(digits(4000))) {
      // 800 real digits held out; three epochs of this network give about 0.92.
      assertThat(result.history().last().metric("val_accuracy")).isGreaterThan(0.88);
      assertThat(result.network().parameterCount()).isEqualTo(784 * 128 + 128 + 128 * 10 + 10);
      assertThat(result.network().summary()).contains("101,770").contains("1 Dense relu");
      float[][] outputs = result.predict(digits(4).inputs());
      assertThat(outputs).hasDimensions(4, 10);
      double sum = 0;
      for (float probability : outputs[0]) {
        sum += probability;
      }
      assertThat(sum).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void losesNothingBitForBitWhateverTheNumberOfLoaders() {
    List<List<Double>> losses = new ArrayList<>();
    for (int loaders : new int[] {0, 1, 3}) {
      try (TrainingResult result = perceptron().epochs(2).loaders(loaders).fit(digits(640))) {
        losses.add(result.history().epochs().stream().map(e -> e.metric("loss")).toList());
      }
    }
    assertThat(losses.get(1)).isEqualTo(losses.get(0));
    assertThat(losses.get(2)).isEqualTo(losses.get(0));
  }

  @Test
  void resumedTrainingEqualsTheStraightRunBitForBit() {
    Sequential model =
        Sequential.of(flatten(), dense(16).relu(), dropout(0.2), dense(10).softmax());
    for (var optimizer : List.of(Adam.adam(1e-3), new Sgd(0.05, 0.9, true, 0))) {
      Path file = folder.resolve("checkpoint.safetensors");
      Trainer base =
          Trainer.of(model).loss(sparseCategoricalCrossEntropy()).optimizer(optimizer).batch(32);
      try (TrainingResult straight = base.epochs(4).fit(digits(320));
          TrainingResult first =
              Trainer.of(model)
                  .loss(sparseCategoricalCrossEntropy())
                  .optimizer(optimizer)
                  .listeners(new SaveCheckpoint(file))
                  .epochs(2)
                  .fit(digits(320));
          TrainingResult second =
              Trainer.of(model)
                  .loss(sparseCategoricalCrossEntropy())
                  .optimizer(optimizer)
                  .resume(file)
                  .epochs(4)
                  .fit(digits(320))) {
        assertThat(first.history().epochs()).hasSize(2);
        assertThat(weights(second))
            .usingElementComparator(java.util.Arrays::compare)
            .isEqualTo(weights(straight));
        assertThat(second.history().last().metric("loss"))
            .isEqualTo(straight.history().last().metric("loss"));
      }
    }
  }

  @Test
  void earlyStopKeepsTheBestWeights() {
    try (TrainingResult result =
        perceptron()
            .epochs(50)
            .optimizer(Adam.adam(0.05))
            .listeners(new EarlyStop("val_loss", 2))
            .fit(digits(640))) {
      double best =
          result.history().epochs().stream()
              .mapToDouble(e -> e.metric("val_loss"))
              .min()
              .orElseThrow();
      assertThat(result.history().epochs().size()).isLessThan(50);
      Dataset all = digits(640);
      Dataset held = all.select(IntStream.range(512, 640).toArray());
      assertThat(
              Trainer.evaluate(result.network(), held, sparseCategoricalCrossEntropy(), List.of()))
          .containsEntry("loss", best);
    }
  }

  @Test
  void nanStopsWithStepLayerAndAdvice() {
    assertThatThrownBy(() -> perceptron().optimizer(Sgd.sgd(1e30)).epochs(2).fit(digits(640)))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("step")
        .hasMessageContaining("Lower the learning rate");
    float[] bad = {1, Float.NaN, 2, 3};
    Dataset broken =
        new Dataset(
            "broken",
            Rows.of(bad, Shape.of(2)),
            new Targets.Numbers(Rows.of(new float[] {1, 2}, Shape.of(1)), List.of("y")));
    assertThatThrownBy(
            () -> Trainer.of(Sequential.of(dense(1))).loss(meanSquaredError()).batch(2).fit(broken))
        .hasMessageContaining("the input holds NaN");
  }

  @Test
  void misfitsAreFoundBeforeTraining() {
    Dataset data = digits(64);
    assertThatThrownBy(() -> perceptron().batch(1000).fit(data))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("1000");
    assertThatThrownBy(
            () ->
                Trainer.of(Sequential.of(flatten(), dense(3).softmax()))
                    .loss(sparseCategoricalCrossEntropy())
                    .fit(data))
        .hasMessageContaining("10 outputs");
    assertThatThrownBy(
            () -> Trainer.of(Sequential.of(flatten(), dense(1))).loss(meanSquaredError()).fit(data))
        .hasMessageContaining("classes");
    assertThatThrownBy(
            () ->
                Trainer.of(Sequential.of(flatten(), dense(10).relu()))
                    .loss(sparseCategoricalCrossEntropy())
                    .fit(data))
        .hasMessageContaining("relu");
  }

  @Test
  void aListenerWithABugIsLeftOutAndTrainingGoesOn() {
    TrainingListener buggy =
        new TrainingListener() {
          @Override
          public void stepped(Training training) {
            throw new IllegalStateException("mine");
          }
        };
    try (TrainingResult result = perceptron().listeners(buggy).fit(digits(640))) {
      assertThat(result.history().epochs()).hasSize(1);
    }
  }

  @Test
  void aForeignOrBrokenCheckpointIsRefused() throws Exception {
    Path file = folder.resolve("broken.safetensors");
    Files.write(file, new byte[] {1, 2, 3});
    assertThatThrownBy(() -> perceptron().resume(file).fit(digits(64)))
        .hasMessageContaining("broken.safetensors");
  }

  private static List<float[]> weights(TrainingResult result) {
    try (Scope scope = Scope.open()) {
      return result.network().parameters().values().stream().map(Tensor::toFloats).toList();
    }
  }
}

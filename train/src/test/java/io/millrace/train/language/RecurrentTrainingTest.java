package io.millrace.train.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.language.PackedSamples;
import io.millrace.data.language.Sample;
import io.millrace.ground.json.Json;
import io.millrace.model.folder.Pretrained;
import io.millrace.tensor.DType;
import io.millrace.train.Precision;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import io.millrace.train.optimizer.AdamW;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Recurrent language models learn as PyTorch's do: see {@code recurrent/make.py}. */
class RecurrentTrainingTest {
  private static Path fixture(String kind) throws Exception {
    return Path.of(
        RecurrentTrainingTest.class.getResource("/io/millrace/train/recurrent/" + kind).toURI());
  }

  private static LanguageTrainer trainer(Pretrained model, List<Double> losses) {
    return LanguageTrainer.of(model)
        .optimizer(new AdamW(0.01, 0.01, 0.9, 0.999, 1e-8))
        .clipNorm(0)
        .epochs(10)
        .batch(4)
        .listeners(
            new TrainingListener() {
              @Override
              public void stepped(Training training) {
                losses.add(training.lastLoss());
              }
            });
  }

  private static List<Sample> samples(JsonNode rows) {
    List<Sample> all = new ArrayList<>();
    for (JsonNode row : rows) {
      all.add(Sample.whole(IntStream.range(0, row.size()).map(i -> row.get(i).asInt()).toArray()));
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"gru", "lstm"})
  void tenStepsEqualPytorchs(String kind) throws Exception {
    JsonNode recorded = Json.read(fixture(kind).resolve("training.json"));
    List<Double> losses = new ArrayList<>();

    try (Pretrained model = Pretrained.open(fixture(kind), DType.FLOAT32)) {
      trainer(model, losses).fit(new PackedSamples(samples(recorded.path("rows")), 11, false, 1));
    }

    assertThat(losses).hasSize(10);
    for (int i = 0; i < 10; i++) {
      double wanted = recorded.path("losses").get(i).asDouble();
      assertThat(losses.get(i)).isCloseTo(wanted, within(1e-5 * wanted));
    }
  }

  /** Each text of a row begins with a state of zeros, so that packing changes nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"gru", "lstm"})
  void packedRowsGiveTheLossOfSeparateOnes(String kind) throws Exception {
    List<Sample> samples =
        List.of(
            Sample.whole(new int[] {1, 2, 3, 4, 5}),
            Sample.whole(new int[] {6, 7, 8}),
            Sample.whole(new int[] {9, 10, 11, 12}));
    double[] losses = new double[2];
    for (boolean packed : new boolean[] {false, true}) {
      try (Pretrained model = Pretrained.open(fixture(kind), DType.FLOAT32)) {
        losses[packed ? 1 : 0] =
            trainer(model, new ArrayList<>())
                .fit(new PackedSamples(samples, packed ? 12 : 5, packed, 1))
                .last()
                .metric("loss");
      }
    }
    assertThat(losses[1]).isCloseTo(losses[0], within(1e-5));
  }

  @Test
  void mixedPrecisionKeepsTheStatesWide() throws Exception {
    List<Double> losses = new ArrayList<>();
    JsonNode rows = Json.read(fixture("lstm").resolve("training.json")).path("rows");
    try (Pretrained model = Pretrained.open(fixture("lstm"), DType.FLOAT32)) {
      trainer(model, losses)
          .precision(Precision.BF16)
          .fit(new PackedSamples(samples(rows), 11, false, 1));
    }
    assertThat(losses.getLast()).isLessThan(losses.getFirst());
  }

  @Test
  void nothingIsComputedTwice() throws Exception {
    try (Pretrained model = Pretrained.open(fixture("gru"), DType.FLOAT32)) {
      LanguageTrainer trainer = trainer(model, new ArrayList<>()).checkpointing(true);
      PackedSamples rows = new PackedSamples(List.of(Sample.whole(new int[] {1, 2})), 2, false, 1);
      assertThatThrownBy(() -> trainer.fit(rows))
          .hasMessageContaining("gradient checkpointing is for transformers")
          .hasMessageContaining("gru");
    }
  }
}

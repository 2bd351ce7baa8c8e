package io.millrace.train.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.language.Preference;
import io.millrace.data.language.Preferences;
import io.millrace.data.language.Sample;
import io.millrace.data.language.TokenRow;
import io.millrace.data.language.TokenRows;
import io.millrace.ground.json.Json;
import io.millrace.model.folder.Pretrained;
import io.millrace.tensor.DType;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import io.millrace.train.optimizer.AdamW;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Ten steps beside TRL's trainers, on the tokens that they used. */
class TrlPeerTest {
  private static final double CLOSE = 1e-4;

  @TempDir static Path folder;

  @BeforeAll
  static void make() throws Exception {
    Peer.run("trl_peer.py", "trl", folder);
  }

  private static Sample sample(JsonNode ids, JsonNode marks, JsonNode mask) {
    int length = 0;
    for (JsonNode one : mask) {
      length += one.asInt();
    }
    int[] tokens = new int[length];
    boolean[] learned = new boolean[length];
    for (int i = 0; i < length; i++) {
      tokens[i] = ids.get(i).asInt();
      int mark = marks.get(i).asInt();
      learned[i] = mark > 0;
    }
    return new Sample(tokens, learned);
  }

  private static LanguageTrainer trainer(Pretrained model, List<Double> losses) {
    return LanguageTrainer.of(model)
        .optimizer(new AdamW(5e-3, 0, 0.9, 0.999, 1e-8))
        .batch(4)
        .clipNorm(1)
        .listeners(
            new TrainingListener() {
              @Override
              public void stepped(Training training) {
                losses.add(training.lastLoss());
              }
            });
  }

  private static void compare(List<Double> losses, JsonNode records) {
    assertThat(losses).hasSize(10);
    for (int i = 0; i < losses.size(); i++) {
      double wanted = records.get(i).path("loss").asDouble();
      assertThat(losses.get(i)).as("step " + (i + 1)).isCloseTo(wanted, within(CLOSE * wanted));
    }
  }

  @Test
  void fineTuningEqualsTrl() {
    JsonNode records = Json.read(folder.resolve("sft.json"));
    List<Sample> samples = new ArrayList<>();
    for (JsonNode step : records) {
      for (int row = 0; row < step.path("input_ids").size(); row++) {
        samples.add(
            sample(
                step.path("input_ids").get(row),
                step.path("labels").get(row),
                step.path("attention_mask").get(row)));
      }
    }
    List<Double> losses = new ArrayList<>();
    try (Pretrained model = Pretrained.open(folder.resolve("base"), DType.FLOAT32)) {
      trainer(model, losses).fit(inOrder(samples));
    }
    compare(losses, records);
  }

  @Test
  void preferencesEqualTrl() {
    JsonNode records = Json.read(folder.resolve("dpo.json"));
    List<Preference> pairs = new ArrayList<>();
    for (JsonNode step : records) {
      List<Sample> rows = new ArrayList<>();
      for (int row = 0; row < step.path("input_ids").size(); row++) {
        rows.add(
            sample(
                step.path("input_ids").get(row),
                step.path("completion_mask").get(row),
                step.path("attention_mask").get(row)));
      }
      // Chosen answers first, then the rejected ones.
      int half = rows.size() / 2;
      for (int i = 0; i < half; i++) {
        pairs.add(new Preference(rows.get(i), rows.get(half + i)));
      }
    }
    List<Double> losses = new ArrayList<>();
    try (Pretrained model = Pretrained.open(folder.resolve("base"), DType.FLOAT32)) {
      trainer(model, losses).prefer(new Preferences(pairs, -1), null, 0.3);
    }
    compare(losses, records);
  }

  static TokenRows inOrder(List<Sample> samples) {
    return new TokenRows() {
      @Override
      public int count() {
        return samples.size();
      }

      @Override
      public int width() {
        return samples.stream().mapToInt(sample -> sample.ids().length).max().orElseThrow();
      }

      @Override
      public TokenRow row(int epoch, int index) {
        Sample sample = samples.get(index);
        return TokenRow.of(List.of(sample), sample.ids().length);
      }

      @Override
      public String description() {
        return "in order";
      }
    };
  }
}

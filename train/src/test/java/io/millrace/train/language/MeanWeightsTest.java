package io.millrace.train.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.language.PackedSamples;
import io.millrace.data.language.Sample;
import io.millrace.data.language.TokenRows;
import io.millrace.model.folder.Pretrained;
import io.millrace.train.Average;
import io.millrace.train.Stop;
import io.millrace.train.TrainException;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import io.millrace.train.listener.SaveCheckpoint;
import io.millrace.train.optimizer.AdamW;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mean of weights over time: what it is, and that a resumed training has the same. */
class MeanWeightsTest {
  private static final String WATCHED = "blocks.0.feed-forward.up.weight";
  private static final double DECAY = 0.8;

  @TempDir Path folder;

  @BeforeEach
  void shape() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 20,
         "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 16, "n_ctx": 16}
        """);
  }

  private static TokenRows rows() {
    List<Sample> all = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      int first = i;
      all.add(Sample.whole(IntStream.range(0, 16).map(j -> (first + j * j) % 20).toArray()));
    }
    return new PackedSamples(all, 16, false, 1);
  }

  private static LanguageTrainer trainer(Pretrained model, @Nullable Average average) {
    return LanguageTrainer.of(model)
        .optimizer(new AdamW(1e-2, 0.1, 0.9, 0.99, 1e-8))
        .average(average)
        .epochs(2)
        .batch(4);
  }

  private static float[] weight(Map<String, ? extends io.millrace.tensor.Tensor> weights) {
    return java.util.Objects.requireNonNull(weights.get(WATCHED)).toFloats();
  }

  private float[] trained(@Nullable Average average, TrainingListener... listeners) {
    try (Pretrained model = Pretrained.fresh(folder, 1)) {
      trainer(model, average).listeners(listeners).fit(rows());
      return weight(model.weights());
    }
  }

  @Test
  void anExponentialMeanOverSteps() {
    List<float[]> steps = new ArrayList<>();
    trained(
        null,
        new TrainingListener() {
          @Override
          public void stepped(Training training) {
            steps.add(weight(training.trained().state()));
          }
        });
    double[] mean = IntStream.range(0, steps.getFirst().length).mapToDouble(i -> 0).toArray();
    for (int step = 0; step < steps.size(); step++) {
      for (int i = 0; i < mean.length; i++) {
        float now = steps.get(step)[i];
        mean[i] = step == 0 ? now : DECAY * mean[i] + (1 - DECAY) * now;
      }
    }
    float[] result = trained(new Average.Ema(DECAY));
    for (int i = 0; i < mean.length; i++) {
      assertThat((double) result[i]).isCloseTo(mean[i], within(1e-6));
    }
    assertThat(result).isNotEqualTo(steps.getLast());
  }

  @Test
  void aResumedTrainingHasTheSame() {
    float[] straight = trained(new Average.Ema(DECAY));
    Path checkpoint = folder.resolve("checkpoint.safetensors");
    Stop stop = new Stop();
    try (Pretrained model = Pretrained.fresh(folder, 1)) {
      LanguageTrainer interrupted =
          trainer(model, new Average.Ema(DECAY))
              .stopOn(stop)
              .listeners(
                  new SaveCheckpoint(checkpoint),
                  new TrainingListener() {
                    @Override
                    public void stepped(Training training) {
                      if (training.totalSteps() == 8) {
                        stop.request();
                      }
                    }
                  });
      assertThatThrownBy(() -> interrupted.fit(rows())).isInstanceOf(TrainException.class);
    }
    try (Pretrained model = Pretrained.fresh(folder, 2)) {
      trainer(model, new Average.Ema(DECAY)).resume(checkpoint).fit(rows());
      assertThat(weight(model.weights())).containsExactly(straight);
    }
    try (Pretrained model = Pretrained.fresh(folder, 2)) {
      LanguageTrainer other = trainer(model, null).resume(checkpoint);
      assertThatThrownBy(() -> other.fit(rows()))
          .isInstanceOf(TrainException.class)
          .hasMessageContaining("average");
    }
  }
}

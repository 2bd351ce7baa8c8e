package io.millrace.train.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.language.Prompt;
import io.millrace.data.language.TokenRow;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.data.tokenizer.TokenizerTrainer;
import io.millrace.ground.json.Json;
import io.millrace.model.architecture.Decoding;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Mode;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.TrainException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gradient of GRPO beside what it should be: the slope of its objective. */
class RewardWorkTest {
  private static final double BETA = 0.3;

  @TempDir Path folder;

  @Test
  void gainsAreDeviationsFromTheGroup() {
    double[] gains = RewardWork.gains(new double[] {1, 0, 0, 1, 5, 5, 5, 5}, 4);
    double deviation = Math.sqrt(1.0 / 3);
    assertThat(gains[0]).isCloseTo(0.5 / (deviation + 1e-4), within(1e-9));
    assertThat(gains[1]).isCloseTo(-0.5 / (deviation + 1e-4), within(1e-9));
    assertThat(gains[4]).isZero();
  }

  @Test
  void theGradientIsTheSlopeOfTheObjective() throws Exception {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 12,
         "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1,
         "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 32,
         "initializer_range": 0.3}
        """);
    try (Tokenizer tokenizer = TokenizerTrainer.characters(List.of("abcdefghij"), List.of("<e>"));
        Pretrained model = Pretrained.fresh(folder, 1);
        Pretrained other = Pretrained.fresh(folder, 2);
        TrainedModel trained = new TrainedModel(model, null, List.of())) {
      List<Prompt> prompts =
          List.of(
              new Prompt(new long[] {1, 2, 3}, "abc", Json.object()),
              new Prompt(new long[] {4, 5}, "de", Json.object()));
      TokenStep step = new TokenStep(TokenModel.of(model), false, false, Layer.Pass.INFERENCE);
      TokenStep before = new TokenStep(TokenModel.of(other), false, false, Layer.Pass.INFERENCE);
      RewardWork work =
          new RewardWork(
              prompts,
              List.of(),
              (prompt, answer) -> answer.chars().filter(c -> c == 'e' || c == 'a').count(),
              new Grouping(4, 6, 1, BETA, Set.of(0L)),
              tokenizer,
              (Decoding) model.architecture(),
              2,
              1,
              7,
              step,
              before,
              new Updates(trained, 0));
      RewardWork.Answered answered = work.answer(new int[] {0, 1}, 7);
      assertThat(answered.rows()).hasSize(8);
      TokenBatch batch = new TokenBatch(answered.rows());
      double tokens = answered.rows().stream().mapToInt(TokenRow::learned).sum();
      step.backward(batch, work.weights(batch, answered, tokens));

      RandomState.seed(3);
      double slope = 0;
      try (Scope scope = Scope.open()) {
        Map<String, Tensor> direction = new LinkedHashMap<>();
        for (Map.Entry<String, Tensor> one : trained.parameters().entrySet()) {
          Tensor weight = one.getValue();
          Tensor some = Tensors.normal(weight.shape().sizes());
          direction.put(one.getKey(), some);
          slope += weight.gradient().orElseThrow().mul(some).sum().item();
        }
        double up =
            objective(move(trained, direction, 3e-4), step, before, batch, answered, tokens);
        double down =
            objective(move(trained, direction, -6e-4), step, before, batch, answered, tokens);
        // The loss is the objective with its sign turned.
        assertThat(-slope).isCloseTo((up - down) / 6e-4, within(5e-3 * Math.abs(slope) + 1e-3));
      }
    }
  }

  private static TrainedModel move(TrainedModel trained, Map<String, Tensor> direction, double by) {
    try (Mode mode = Mode.noGradient()) {
      trained
          .parameters()
          .forEach(
              (name, weight) -> weight.addInPlace(Objects.requireNonNull(direction.get(name)), by));
    }
    return trained;
  }

  private static double objective(
      TrainedModel moved,
      TokenStep step,
      TokenStep before,
      TokenBatch batch,
      RewardWork.Answered answered,
      double tokens) {
    float[] now = step.each(batch);
    float[] was = before.each(batch);
    double sum = 0;
    int at = 0;
    for (int row = 0; row < answered.rows().size(); row++) {
      for (int i = answered.rows().get(row).learned(); i > 0; i--) {
        double apart = (double) now[at] - was[at];
        sum += answered.gains()[row] * -now[at] - BETA * (Math.exp(apart) - apart - 1);
        at++;
      }
    }
    return sum / tokens;
  }

  @Test
  void impossibleGroupsAreRefused() {
    assertThatThrownBy(() -> new Grouping(1, 8, 1, 0, Set.of()))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("1 answers");
  }
}

package io.millrace.model.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.ModelException;
import io.millrace.model.architecture.Decoding;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.generation.Generated;
import io.millrace.model.generation.Generator;
import io.millrace.model.generation.Sampling;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recurrent language models; their numbers beside PyTorch: {@code RecurrentTrainingTest}. */
class RecurrentModelTest {
  @TempDir Path folder;

  private Pretrained fresh(String kind, String more) throws Exception {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "%s", "architectures": ["%sForCausalLM"], "vocab_size": 8,
         "hidden_size": 16, "num_hidden_layers": 2, "dropout": 0.2%s}
        """
            .formatted(kind, kind, more));
    return Pretrained.fresh(folder, 5);
  }

  /** The likeliest tokens without a cache: all is read again for each. */
  private static long[] slowly(Pretrained model, long[] prompt, int count) {
    long[] all = prompt;
    for (int i = 0; i < count; i++) {
      try (Scope scope = Scope.open()) {
        Tensor scores =
            model.forward(Inputs.ids(Tensors.of(all, 1, all.length))).get("logits").select(0, 0);
        all = Arrays.copyOf(all, all.length + 1);
        all[all.length - 1] = scores.select(0, all.length - 2).argmax(0).toLongs()[0];
      }
    }
    return Arrays.copyOfRange(all, prompt.length, all.length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gru", "lstm"})
  void writesTheSameWithItsStatesKept(String kind) throws Exception {
    try (Pretrained model = fresh(kind, "")) {
      Generator generator = new Generator((Decoding) model.architecture());
      List<long[]> prompts = List.of(new long[] {1, 2, 3, 4}, new long[] {5}, new long[] {7, 6});

      List<Generated> together =
          generator.generate(prompts, Sampling.greedy(8), (row, choice) -> true);

      for (int row = 0; row < 3; row++) {
        assertThat(together.get(row).ids()).isEqualTo(slowly(model, prompts.get(row), 8));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gru", "lstm"})
  void beamsKeepTheirOwnStates(String kind) throws Exception {
    try (Pretrained model = fresh(kind, "")) {
      Generator generator = new Generator((Decoding) model.architecture());
      Sampling wide = Sampling.greedy(3).change().beams(8 * 8).build();
      long[] best = generator.generate(new long[] {3, 1}, wide).ids();

      assertThat(best).isEqualTo(bestOfAll(model, new long[] {3, 1}));
    }
  }

  /** The likeliest of all 512 series of three tokens. */
  private static long[] bestOfAll(Pretrained model, long[] prompt) {
    long[] rows = new long[64 * 4];
    for (int i = 0; i < 64; i++) {
      long[] row = {prompt[0], prompt[1], i / 8, i % 8};
      System.arraycopy(row, 0, rows, i * 4, 4);
    }
    try (Scope scope = Scope.open()) {
      Tensor scores = model.forward(Inputs.ids(Tensors.of(rows, 64, 4))).get("logits");
      float[] all = io.millrace.tensor.Neural.logSoftmax(scores, -1).toFloats();
      double best = Double.NEGATIVE_INFINITY;
      long[] found = new long[3];
      for (int i = 0; i < 64; i++) {
        for (int third = 0; third < 8; third++) {
          double sum =
              all[(i * 4 + 1) * 8 + i / 8]
                  + all[(i * 4 + 2) * 8 + i % 8]
                  + (double) all[(i * 4 + 3) * 8 + third];
          if (sum > best) {
            best = sum;
            found = new long[] {i / 8, i % 8, third};
          }
        }
      }
      return found;
    }
  }

  @Test
  void savedAndOpenedAgainItSaysTheSame(@TempDir Path saved) throws Exception {
    float[] before;
    try (Pretrained model = fresh("gru", ", \"tie_word_embeddings\": true");
        Scope scope = Scope.open()) {
      before = scores(model);
      model.save(saved);
    }
    try (Pretrained model = Pretrained.open(saved);
        Scope scope = Scope.open()) {
      assertThat(scores(model)).isEqualTo(before);
      assertThat(model.weights()).doesNotContainKey("head.weight");
    }
  }

  private static float[] scores(Pretrained model) {
    Map<String, Tensor> outputs = model.forward(Inputs.ids(Tensors.of(new long[] {1, 2, 3}, 1, 3)));
    return outputs.get("logits").toFloats();
  }

  @Test
  void refusesATableThatDoesNotFitTheHead() {
    assertThatThrownBy(() -> fresh("gru", ", \"embedding_size\": 8, \"tie_word_embeddings\": true"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("embedding_size");
  }

  @Test
  void refusesAnotherArchitecture() {
    assertThatThrownBy(() -> fresh("gru", ", \"bidirectional\": true"))
        .hasMessageContaining("bidirectional");
  }
}

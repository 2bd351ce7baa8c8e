package io.millrace.train.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.language.TokenRow;
import io.millrace.data.language.TokenRows;
import io.millrace.model.folder.Pretrained;
import io.millrace.tensor.Tensor;
import io.millrace.train.History;
import io.millrace.train.TrainException;
import io.millrace.train.optimizer.Sgd;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The words of whole texts, said from their first tokens. */
class BagOfWordsTest {
  private static final long NOT = TokenRow.IGNORED;
  private static final long MASK = 4;
  private static final BagOfWords BAG = new BagOfWords(1, 2, Set.of(0L, 1L, 2L, 3L, MASK));

  /** A text that began in the row before, then two, the second of which has a hidden word. */
  private static final TokenRow PACKED =
      new TokenRow(
          new long[] {9, 3, 2, 7, 8, 7, 3, 2, MASK, 6, 3},
          new long[] {NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT, 5, NOT, NOT},
          new long[] {1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3},
          new long[] {0, 1, 0, 1, 2, 3, 4, 0, 1, 2, 3});

  /** One text, another that has no word, and nothing behind. */
  private static final TokenRow SHORT =
      new TokenRow(
          new long[] {2, 6, MASK, 3, 2, 3, 0, 0, 0, 0, 0},
          new long[] {NOT, NOT, 9, NOT, NOT, NOT, NOT, NOT, NOT, NOT, NOT},
          new long[] {1, 1, 1, 1, 2, 2, 0, 0, 0, 0, 0},
          new long[] {0, 1, 2, 3, 0, 1, 0, 0, 0, 0, 0});

  @TempDir Path folder;

  @BeforeEach
  void shape() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "bert", "architectures": ["BertForMaskedLM"], "vocab_size": 12,
         "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
         "intermediate_size": 24, "max_position_embeddings": 16, "initializer_range": 0.3,
         "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0}
        """);
  }

  private record Two(TokenRow first, TokenRow second) implements TokenRows {
    @Override
    public int count() {
      return 2;
    }

    @Override
    public int width() {
      return first.ids().length;
    }

    @Override
    public TokenRow row(int epoch, int index) {
      return index == 0 ? first : second;
    }

    @Override
    public String description() {
      return "two";
    }
  }

  private static final TokenRows ROWS = new Two(PACKED, SHORT);

  @Test
  void textsThatBeginInARowAndHaveWords() {
    BagOfWords.Found found = BAG.in(new TokenBatch(List.of(PACKED, SHORT)));
    assertThat(found.begins()).containsExactly(2, 7, 11);
    assertThat(found.said().get(0)).containsExactly(7, 8, 7);
    assertThat(found.said().get(1)).as("what was hidden there").containsExactly(5, 6);
    assertThat(found.said().get(2)).containsExactly(6, 9);
  }

  private LanguageTrainer trainer(Pretrained model, @Nullable BagOfWords bag) {
    return LanguageTrainer.of(model).optimizer(new Sgd(0.05, 0, false, 0)).clipNorm(0).bag(bag);
  }

  private float[] trained(@Nullable BagOfWords bag, int batch, boolean checkpointing) {
    try (Pretrained model = Pretrained.fresh(folder, 1)) {
      trainer(model, bag)
          .epochs(3)
          .batch(batch)
          .accumulate(2 / batch)
          .checkpointing(checkpointing)
          .fit(ROWS);
      return weight(model);
    }
  }

  private static float[] weight(Pretrained model) {
    return Objects.requireNonNull(model.weights().get("blocks.0.feed-forward.up.weight"))
        .toFloats();
  }

  @Test
  void spreadOverBatchesOrComputedTwiceItIsTheSame() {
    float[] together = trained(BAG, 2, false);
    assertThat(trained(BAG, 1, false))
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(together);
    assertThat(trained(BAG, 2, true)).usingComparatorWithPrecision(1e-6f).containsExactly(together);
    assertThat(trained(null, 2, false)).isNotEqualTo(together);
  }

  @Test
  void isLearnedAndWatched() {
    try (Pretrained model = Pretrained.fresh(folder, 1)) {
      History history = trainer(model, BAG).epochs(60).batch(2).validation(ROWS).fit(ROWS);
      double first = history.epochs().getFirst().values().get("val_bag");
      double last = history.last().values().get("val_bag");
      // Two words each, one of them twice in one text: no text is said with more certainty.
      double least = (2 * Math.log(2) + (2 * Math.log(1.5) + Math.log(3)) / 3) / 3;
      assertThat(first).isGreaterThan(2 * least);
      assertThat(last).isCloseTo(least, within(0.2)).isGreaterThan(least);
    }
  }

  @Test
  void learnsWhereOnlyTheHeadIs() {
    try (Pretrained model = Pretrained.fresh(folder, 1)) {
      float[] before = weight(model);
      double first = trainer(model, BAG).evaluate(ROWS);
      trainer(model, BAG).freeze(List.of("embedding*", "blocks*")).epochs(20).batch(2).fit(ROWS);
      assertThat(weight(model)).containsExactly(before);
      assertThat(trainer(model, BAG).evaluate(ROWS)).isLessThan(first);
    }
  }

  @Test
  void aLossThatIsNotFiniteChangesNothing() {
    try (Pretrained model = Pretrained.fresh(folder, 1)) {
      float[] before = weight(model);
      LanguageTrainer trainer = trainer(model, BAG).batch(2);
      // Two hidden words lose 1.5e38 each, which float32 can hold; three texts lose more than it
      // can.
      Tensor bias = Objects.requireNonNull(model.weights().get("head.decoder.bias"));
      float[] numbers = bias.toFloats();
      numbers[11] = 1.5e38f;
      bias.setInPlace(MemorySegment.ofArray(numbers));
      assertThatThrownBy(() -> trainer.fit(ROWS))
          .isInstanceOf(TrainException.class)
          .hasMessageContaining("Infinity");
      assertThat(weight(model)).containsExactly(before);
    }
  }

  @Test
  void refusesModelsThatLookBackOnlyAndWrongNumbers() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 12,
         "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 16, "n_ctx": 16}
        """);
    try (Pretrained model = Pretrained.fresh(folder, 1)) {
      LanguageTrainer trainer = trainer(model, BAG);
      assertThatThrownBy(() -> trainer.fit(ROWS))
          .isInstanceOf(TrainException.class)
          .hasMessageContaining("GPT2LMHeadModel");
    }
    for (double wrong : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new BagOfWords(wrong, 2, Set.of()))
          .isInstanceOf(TrainException.class)
          .hasMessageContaining(String.valueOf(wrong).substring(0, 2));
    }
  }
}

package io.millrace.model.folder;

import io.millrace.model.ModelException;
import io.millrace.model.architecture.LanguageHead;
import io.millrace.model.architecture.RecurrentModel;
import io.millrace.model.architecture.TokenEmbedding;
import java.util.Locale;

/**
 * Recurrent language models. transformers has none; the weights are named as those of a PyTorch
 * module with an {@code Embedding embedding}, a {@code GRU} or {@code LSTM rnn} and a {@code Linear
 * lm_head} without bias.
 */
final class Recurrents implements Family {
  static final Family GRU = new Recurrents(RecurrentModel.Cell.GRU);
  static final Family LSTM = new Recurrents(RecurrentModel.Cell.LSTM);

  private static final String NAMES =
      """
      embedding.tokens.weight = embedding.weight
      layers.#.input.weight = rnn.weight_ih_l#
      layers.#.state.weight = rnn.weight_hh_l#
      layers.#.input.bias = rnn.bias_ih_l#
      layers.#.state.bias = rnn.bias_hh_l#
      head.weight = lm_head.weight
      """;

  private final RecurrentModel.Cell cell;

  private Recurrents(RecurrentModel.Cell cell) {
    this.cell = cell;
  }

  /** Layers begin as wide as PyTorch's, tables and heads as narrow as other language models'. */
  @Override
  public Spread spread(Config config) {
    double table = config.number("initializer_range", 0.05);
    double layer = 1 / Math.sqrt(3.0 * config.count("hidden_size"));
    return (name, part, columns) -> name.startsWith("layers.") ? layer : table;
  }

  @Override
  public Blueprint read(Config config, String architecture) {
    String named = cell.name().toLowerCase(Locale.ROOT) + "ForCausalLM";
    if (!architecture.equalsIgnoreCase(named)) {
      throw new ModelException("folder.architecture", architecture);
    }
    int units = config.count("hidden_size");
    int width = config.count("embedding_size", units);
    boolean tied = config.flag("tie_word_embeddings", false);
    if (tied && width != units) {
      throw config.wrong("embedding_size", "hidden_size, where the head is the table of tokens");
    }
    RecurrentModel.Spec spec =
        new RecurrentModel.Spec(
            cell,
            units,
            config.count("num_hidden_layers", 1),
            config.share("dropout"),
            config.count("max_position_embeddings", 1 << 20));
    TokenEmbedding.Spec embedding =
        TokenEmbedding.Spec.tokens(config.count("vocab_size"), width, 1);
    return new Blueprint(
        new WeightMap("", NAMES),
        tied ? "lm_head\\.weight" : "(?!)",
        "(?!)",
        source -> {
          TokenEmbedding tokens = new TokenEmbedding(embedding, source.inside("embedding"));
          LanguageHead head =
              new LanguageHead(
                  tied
                      ? tokens.table()
                      : source.take("head.weight", embedding.vocabulary(), units));
          return new RecurrentModel(spec, tokens, head, source);
        });
  }
}

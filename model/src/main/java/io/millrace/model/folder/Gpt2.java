package io.millrace.model.folder;

import io.millrace.model.ModelException;
import io.millrace.model.architecture.CausalModel;
import io.millrace.model.architecture.Head;
import io.millrace.model.architecture.LanguageHead;
import io.millrace.model.architecture.TokenEmbedding;
import io.millrace.model.layer.Activation;
import io.millrace.model.transformer.BlockSpec;
import io.millrace.model.transformer.Norm;
import io.millrace.model.transformer.Stack;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** GPT-2: learned positions, normalization before, joined and transposed products. */
final class Gpt2 implements Family {
  private static final String NAMES =
      """
      embedding.tokens.weight = wte.weight
      embedding.positions.weight = wpe.weight
      norm.* = ln_f.*
      head.weight = /lm_head.weight
      score.weight = /score.weight
      classifier.* = /classifier.*
      answer.* = /qa_outputs.*
      blocks.#.attention-norm.* = h.#.ln_1.*
      blocks.#.attention.qkv.* = h.#.attn.c_attn.* transposed
      blocks.#.attention.output.* = h.#.attn.c_proj.* transposed
      blocks.#.feed-forward-norm.* = h.#.ln_2.*
      blocks.#.feed-forward.up.* = h.#.mlp.c_fc.* transposed
      blocks.#.feed-forward.down.* = h.#.mlp.c_proj.* transposed
      """;

  private static final Set<String> ROLES =
      Set.of(
          "Model", "ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering");

  /** Matrices whose output is added to the states begin smaller (Radford et al. 2019). */
  @Override
  public Spread spread(Config config) {
    double deviation = config.number("initializer_range", 0.02);
    double residual = deviation / Math.sqrt(2.0 * config.count("n_layer"));
    return (name, part, columns) ->
        name.endsWith("attention.output.weight") || name.endsWith("feed-forward.down.weight")
            ? residual
            : deviation;
  }

  @Override
  public Blueprint read(Config config, String architecture) {
    int hidden = config.count("n_embd");
    int layers = config.count("n_layer");
    int heads = config.count("n_head");
    int size = Settings.divided(config, hidden, "n_head", heads);
    int width = config.count("n_inner", 4 * hidden);
    int context = config.count("n_positions");
    Norm norm = new Norm(Norm.Kind.LAYER, config.number("layer_norm_epsilon", 1e-5));
    Activation activation = Settings.activation(config, "activation_function", "gelu_new");
    boolean scaled = config.flag("scale_attn_weights", true);
    boolean byLayer = config.flag("scale_attn_by_inverse_layer_idx", false);
    double looks = config.share("attn_pdrop");
    double dropout = config.share("resid_pdrop");
    List<BlockSpec> blocks = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      double scale = (scaled ? 1 / Math.sqrt(size) : 1) / (byLayer ? i + 1 : 1);
      blocks.add(
          new BlockSpec(
              hidden,
              norm,
              BlockSpec.Placement.PRE,
              new BlockSpec.Attention(
                  heads, heads, size, true, true, null, true, null, null, scale, null, looks),
              null,
              new BlockSpec.FeedForward(width, false, activation, true, 0),
              dropout));
    }
    TokenEmbedding.Spec embedding =
        new TokenEmbedding.Spec(
            config.count("vocab_size"),
            hidden,
            hidden,
            1,
            new TokenEmbedding.Positions(context, 0, false),
            0,
            null,
            config.share("embd_pdrop"));
    boolean tied = config.flag("tie_word_embeddings", true);
    Integer padding = config.id("pad_token_id");
    int classes = config.classes();
    config.only("add_cross_attention", false);
    config.harmless(
        "n_ctx",
        "reorder_and_upcast_attn",
        "summary_activation",
        "summary_first_dropout",
        "summary_proj_to_labels",
        "summary_type",
        "summary_use_proj");
    boolean language = architecture.equals("GPT2LMHeadModel");
    String role = architecture.replaceFirst("^GPT2", "");
    if (!language && !ROLES.contains(role)) {
      throw new ModelException("folder.architecture", architecture);
    }
    return new Blueprint(
        new WeightMap("transformer.", NAMES),
        tied ? "lm_head\\.weight" : "(?!)",
        "(score|classifier|qa_outputs|lm_head)\\..*",
        source -> {
          TokenEmbedding tokens = new TokenEmbedding(embedding, source.inside("embedding"));
          Stack stack = new Stack(new Stack.Spec(blocks, norm), source);
          LanguageHead head =
              language
                  ? new LanguageHead(
                      tied
                          ? tokens.table()
                          : source.take("head.weight", embedding.vocabulary(), hidden))
                  : null;
          Head other = Heads.reading(role, source, hidden, classes, padding);
          return new CausalModel(tokens, stack, head, other, context);
        });
  }
}

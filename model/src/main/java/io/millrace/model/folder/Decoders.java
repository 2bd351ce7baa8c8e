package io.millrace.model.folder;

import io.millrace.model.ModelException;
import io.millrace.model.architecture.CausalModel;
import io.millrace.model.architecture.Head;
import io.millrace.model.architecture.LanguageHead;
import io.millrace.model.architecture.TokenEmbedding;
import io.millrace.model.transformer.BlockSpec;
import io.millrace.model.transformer.Norm;
import io.millrace.model.transformer.Projection;
import io.millrace.model.transformer.Rope;
import io.millrace.model.transformer.Stack;
import java.util.ArrayList;
import java.util.List;

/** Llama and the families that differ from it in switches: rotary positions, gated, RMS. */
enum Decoders implements Family {
  LLAMA,
  MISTRAL,
  QWEN2,
  QWEN3,
  GEMMA2,
  GEMMA3,
  PHI3;

  private static final double THETA = 10_000;
  private static final double GEMMA_GLOBAL_THETA = 1_000_000;
  private static final int GEMMA_PATTERN = 6;
  private static final String TIED = "lm_head\\.weight";

  @Override
  public Blueprint read(Config config, String architecture) {
    boolean gemma = this == GEMMA2 || this == GEMMA3;
    int hidden = config.count("hidden_size");
    int layers = config.count("num_hidden_layers");
    int heads = config.count("num_attention_heads");
    int groups = config.count("num_key_value_heads", heads);
    int size =
        config.has("head_dim")
            ? config.count("head_dim")
            : Settings.divided(config, hidden, "num_attention_heads", heads);
    if (heads % groups != 0) {
      throw config.wrong("num_key_value_heads", "a divisor of " + heads);
    }
    Norm norm =
        new Norm(
            gemma ? Norm.Kind.RMS_ONE_PLUS : Norm.Kind.RMS, config.number("rms_norm_eps", 1e-6));
    boolean inputBias = this == QWEN2 || (this != PHI3 && config.flag("attention_bias", false));
    boolean outputBias = this != QWEN2 && inputBias;
    double scale =
        gemma ? 1 / Math.sqrt(config.number("query_pre_attn_scalar", 256)) : 1 / Math.sqrt(size);
    Double cap =
        this == GEMMA2 && config.has("attn_logit_softcapping")
            ? config.number("attn_logit_softcapping")
            : null;
    BlockSpec.FeedForward feed =
        new BlockSpec.FeedForward(
            config.count("intermediate_size"),
            true,
            Settings.activation(
                config,
                gemma && !config.has("hidden_act") || config.has("hidden_activation")
                    ? "hidden_activation"
                    : "hidden_act",
                gemma ? "gelu_pytorch_tanh" : "silu"),
            this == LLAMA && config.flag("mlp_bias", false),
            0);
    double looks = config.share("attention_dropout");
    double dropout = this == PHI3 ? config.share("resid_pdrop") : 0;
    List<String> kinds = kinds(config, layers);
    List<BlockSpec> blocks = new ArrayList<>();
    for (String kind : kinds) {
      boolean slides = kind.equals("sliding_attention");
      Rope rope =
          Settings.rope(
              config,
              size,
              this == GEMMA3 ? kind : null,
              this == GEMMA3 && !slides ? GEMMA_GLOBAL_THETA : THETA);
      blocks.add(
          new BlockSpec(
              hidden,
              norm,
              gemma ? BlockSpec.Placement.SANDWICH : BlockSpec.Placement.PRE,
              new BlockSpec.Attention(
                  heads,
                  groups,
                  size,
                  inputBias,
                  outputBias,
                  this == QWEN3 || this == GEMMA3 ? norm : null,
                  true,
                  slides ? config.count("sliding_window") : null,
                  cap,
                  scale,
                  rope,
                  looks),
              null,
              feed,
              dropout));
    }
    TokenEmbedding.Spec embedding =
        TokenEmbedding.Spec.tokens(
                config.count("vocab_size"), hidden, gemma ? Math.sqrt(hidden) : 1)
            .padding(Settings.padding(config));
    boolean tied = config.flag("tie_word_embeddings", gemma);
    Double finalCap =
        gemma && config.has("final_logit_softcapping")
            ? config.number("final_logit_softcapping")
            : null;
    long context = config.count("max_position_embeddings");
    Integer padding = config.id("pad_token_id");
    int classes = config.classes();
    config.only("use_bidirectional_attention", false);
    config.only("attention_multiplier", 1);
    config.harmless(
        // Gemma 3 has the setting, but the reference does not use it there.
        "attn_logit_softcapping",
        "pretraining_tp",
        "max_window_layers",
        "use_sliding_window",
        "sliding_window",
        "sliding_window_pattern",
        "layer_types",
        "embd_pdrop",
        "resid_pdrop",
        "cache_implementation",
        "original_max_position_embeddings",
        "head_dim",
        "hidden_act",
        "hidden_activation",
        "query_pre_attn_scalar");
    String role = architecture.replaceFirst("^[A-Za-z]+?[0-9]*(Text)?(?=For|Model)", "");
    boolean language = role.equals("ForCausalLM");
    boolean answers = role.equals("ForQuestionAnswering");
    boolean known =
        switch (role) {
          case "ForCausalLM", "ForSequenceClassification", "Model" -> true;
          case "ForTokenClassification" -> this != GEMMA3;
          case "ForQuestionAnswering" -> this != GEMMA2 && this != GEMMA3 && this != PHI3;
          default -> false;
        };
    if (!known) {
      throw new ModelException("folder.architecture", architecture);
    }
    // Models that answer questions kept the name of older versions.
    String prefix = answers && this != MISTRAL ? "transformer." : "model.";
    return new Blueprint(
        new WeightMap(prefix, this == PHI3 ? names(PHI_JOINED) : names(SPLIT)),
        tied ? TIED : "(?!)",
        "(score|qa_outputs|lm_head)\\..*",
        source -> {
          TokenEmbedding tokens = new TokenEmbedding(embedding, source.inside("embedding"));
          Stack stack = new Stack(new Stack.Spec(blocks, norm), source);
          LanguageHead head =
              language
                  ? new LanguageHead(
                      new Projection(
                          tied
                              ? tokens.table()
                              : source.take("head.weight", embedding.vocabulary(), hidden),
                          null),
                      1,
                      finalCap)
                  : null;
          Head other = Heads.reading(role, source, hidden, classes, padding);
          return new CausalModel(tokens, stack, head, other, context);
        });
  }

  private List<String> kinds(Config config, int layers) {
    boolean window = config.has("sliding_window");
    return switch (this) {
      case MISTRAL, PHI3 ->
          java.util.Collections.nCopies(layers, window ? "sliding_attention" : "full_attention");
      case QWEN2, QWEN3 -> {
        boolean slides = window && config.flag("use_sliding_window", false);
        int from = config.layers("max_window_layers", layers);
        List<String> kinds =
            Settings.kinds(
                config, layers, i -> slides && i >= from ? "sliding_attention" : "full_attention");
        yield slides ? kinds : java.util.Collections.nCopies(layers, "full_attention");
      }
      case GEMMA2 ->
          Settings.kinds(config, layers, i -> i % 2 == 0 ? "sliding_attention" : "full_attention");
      case GEMMA3 -> {
        int pattern = config.count("sliding_window_pattern", GEMMA_PATTERN);
        yield Settings.kinds(
            config, layers, i -> (i + 1) % pattern != 0 ? "sliding_attention" : "full_attention");
      }
      default -> java.util.Collections.nCopies(layers, "full_attention");
    };
  }

  private String names(String projections) {
    return COMMON + projections + (this == GEMMA2 || this == GEMMA3 ? FOUR_NORMS : TWO_NORMS);
  }

  private static final String COMMON =
      """
      embedding.tokens.weight = embed_tokens.weight
      norm.weight = norm.weight
      head.weight = /lm_head.weight
      score.weight = /score.weight
      classifier.* = /score.*
      answer.* = /qa_outputs.*
      blocks.#.attention-norm.weight = layers.#.input_layernorm.weight
      blocks.#.attention.output.* = layers.#.self_attn.o_proj.*
      blocks.#.attention.query-norm.weight = layers.#.self_attn.q_norm.weight
      blocks.#.attention.key-norm.weight = layers.#.self_attn.k_norm.weight
      blocks.#.feed-forward.down.* = layers.#.mlp.down_proj.*
      """;
  private static final String SPLIT =
      """
      blocks.#.attention.qkv.* = layers.#.self_attn.q_proj.* + layers.#.self_attn.k_proj.* \
      + layers.#.self_attn.v_proj.*
      blocks.#.feed-forward.up.* = layers.#.mlp.gate_proj.* + layers.#.mlp.up_proj.*
      """;
  private static final String PHI_JOINED =
      """
      blocks.#.attention.qkv.* = layers.#.self_attn.qkv_proj.*
      blocks.#.feed-forward.up.* = layers.#.mlp.gate_up_proj.*
      """;
  private static final String TWO_NORMS =
      """
      blocks.#.feed-forward-norm.weight = layers.#.post_attention_layernorm.weight
      """;
  private static final String FOUR_NORMS =
      """
      blocks.#.attention-norm-after.weight = layers.#.post_attention_layernorm.weight
      blocks.#.feed-forward-norm.weight = layers.#.pre_feedforward_layernorm.weight
      blocks.#.feed-forward-norm-after.weight = layers.#.post_feedforward_layernorm.weight
      """;
}

package io.millrace.model.folder;

import io.millrace.model.ModelException;
import io.millrace.model.architecture.EncoderDecoderModel;
import io.millrace.model.architecture.EncoderModel;
import io.millrace.model.architecture.Head;
import io.millrace.model.architecture.JudgingModel;
import io.millrace.model.architecture.LanguageHead;
import io.millrace.model.architecture.TokenEmbedding;
import io.millrace.model.layer.Activation;
import io.millrace.model.transformer.BlockSpec;
import io.millrace.model.transformer.Norm;
import io.millrace.model.transformer.Projection;
import io.millrace.model.transformer.Stack;
import java.util.Collections;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** T5 and FLAN-T5: relative positions in buckets, scores that are not scaled. */
final class T5 implements Family {
  private static final long NO_LIMIT = Integer.MAX_VALUE;

  private static final Set<String> ROLES =
      Set.of(
          "ForConditionalGeneration",
          "EncoderModel",
          "ForSequenceClassification",
          "ForTokenClassification",
          "ForQuestionAnswering");

  private static String half(String name, boolean crosses) {
    String feed = crosses ? "2" : "1";
    String cross =
        """
        HALF.blocks.#.cross.q.weight = HALF.block.#.layer.1.EncDecAttention.q.weight
        HALF.blocks.#.cross.kv.weight = HALF.block.#.layer.1.EncDecAttention.k.weight \
        + HALF.block.#.layer.1.EncDecAttention.v.weight
        HALF.blocks.#.cross.output.weight = HALF.block.#.layer.1.EncDecAttention.o.weight
        HALF.blocks.#.cross-norm.weight = HALF.block.#.layer.1.layer_norm.weight
        """;
    String own =
        """
        HALF.norm.weight = HALF.final_layer_norm.weight
        HALF.relative.weight = HALF.block.0.layer.0.SelfAttention.relative_attention_bias.weight
        HALF.blocks.#.attention-norm.weight = HALF.block.#.layer.0.layer_norm.weight
        HALF.blocks.#.attention.qkv.weight = HALF.block.#.layer.0.SelfAttention.q.weight \
        + HALF.block.#.layer.0.SelfAttention.k.weight + HALF.block.#.layer.0.SelfAttention.v.weight
        HALF.blocks.#.attention.output.weight = HALF.block.#.layer.0.SelfAttention.o.weight
        HALF.blocks.#.feed-forward-norm.weight = HALF.block.#.layer.FEED.layer_norm.weight
        HALF.blocks.#.feed-forward.up.weight = UP
        HALF.blocks.#.feed-forward.down.weight = HALF.block.#.layer.FEED.DenseReluDense.wo.weight
        """;
    return (crosses ? own + cross : own).replace("FEED", feed).replace("HALF", name);
  }

  private static String names(boolean gated) {
    String up =
        gated
            ? "$1.block.#.layer.$2.DenseReluDense.wi_0.weight"
                + " + $1.block.#.layer.$2.DenseReluDense.wi_1.weight"
            : "$1.block.#.layer.$2.DenseReluDense.wi.weight";
    String both =
        half("encoder", false).replace("UP", up.replace("$1", "encoder").replace("$2", "1"))
            + half("decoder", true).replace("UP", up.replace("$1", "decoder").replace("$2", "2"));
    return "embedding.tokens.weight = shared.weight\nhead.weight = lm_head.weight\n"
        + "answer.* = /qa_outputs.*\nclassifier.* = /classifier.*\n"
        + "judge.dense.* = /classification_head.dense.*\n"
        + "judge.classifier.* = /classification_head.out_proj.*\n"
        + both;
  }

  /** Tables begin with 1, matrices by their columns; queries are not scaled later, but here. */
  @Override
  public Spread spread(Config config) {
    double factor = config.number("initializer_factor", 1);
    double size = config.count("d_kv");
    double hidden = config.count("d_model");
    return (name, part, columns) -> {
      if (name.endsWith("tokens.weight") || name.equals("head.weight")) {
        return factor;
      }
      if (name.contains("relative")) {
        return factor / Math.sqrt(hidden);
      }
      boolean query = name.endsWith("cross.q.weight") || (name.endsWith("qkv.weight") && part == 0);
      return factor / Math.sqrt(query ? columns * size : columns);
    };
  }

  @Override
  public Blueprint read(Config config, String architecture) {
    if (!ROLES.contains(architecture.replaceFirst("^T5", ""))) {
      throw new ModelException("folder.architecture", architecture);
    }
    String role = architecture.substring(2);
    boolean reads = role.equals("EncoderModel") || role.equals("ForTokenClassification");
    boolean classifies = role.equals("ForSequenceClassification");
    boolean answers = role.equals("ForQuestionAnswering");
    int hidden = config.count("d_model");
    int size = config.count("d_kv");
    int heads = config.count("num_heads");
    int layers = config.count("num_layers");
    int decoderLayers = config.count("num_decoder_layers", layers);
    String feeds = config.text("feed_forward_proj", "relu");
    boolean gated = feeds.startsWith("gated-");
    Activation activation =
        switch (feeds) {
          case "relu", "gated-relu" -> Activation.RELU;
          case "gated-gelu" -> Activation.GELU_TANH;
          case "gelu" -> Activation.GELU;
          case "silu", "swish", "gated-silu", "gated-swish" -> Activation.SILU;
          default -> throw config.wrong("feed_forward_proj", "relu, gated-gelu or gated-silu");
        };
    double dropout = config.share("dropout_rate");
    Norm norm = new Norm(Norm.Kind.RMS, config.number("layer_norm_epsilon", 1e-6));
    BlockSpec.FeedForward feed =
        new BlockSpec.FeedForward(config.count("d_ff"), gated, activation, false, dropout);
    int buckets = config.count("relative_attention_num_buckets", 32);
    int farthest = config.count("relative_attention_max_distance", 128);
    BlockSpec encoder =
        block(hidden, norm, attention(heads, size, false, dropout), null, feed, dropout);
    BlockSpec decoder =
        block(
            hidden,
            norm,
            attention(heads, size, true, dropout),
            attention(heads, size, false, dropout),
            feed,
            dropout);
    boolean saidTied = config.flag("tie_word_embeddings", true);
    boolean scaled = config.flag("scale_decoder_outputs", saidTied);
    TokenEmbedding.Spec embedding =
        new TokenEmbedding.Spec(
            config.count("vocab_size"), hidden, hidden, 1, null, 0, null, dropout);
    config.harmless("dense_act_fn", "is_gated_act", "n_positions", "output_past");
    int classes = config.classes();
    int end = classifies ? config.token("eos_token_id") : 0;
    int start = classifies || answers ? config.token("decoder_start_token_id") : 0;
    double classifierDropout = config.share("classifier_dropout");
    config.only("is_decoder", false);
    if (!reads) {
      config.only("is_encoder_decoder", true);
    } else {
      config.harmless("is_encoder_decoder");
    }
    return new Blueprint(
        new WeightMap(role.endsWith("Classification") ? "transformer." : "", names(gated)),
        "(transformer\\.)?(encoder|decoder)\\.embed_tokens\\.weight|lm_head\\.weight"
            + "|(transformer\\.)?decoder\\.block\\.0\\.layer\\.1\\.EncDecAttention\\.relative_attention_bias\\.weight",
        "(classification_head|classifier|qa_outputs)\\..*" + (reads ? "|decoder\\..*" : ""),
        source -> {
          TokenEmbedding tokens = new TokenEmbedding(embedding, source.inside("embedding"));
          Stack encodes =
              new Stack(
                  new Stack.Spec(
                      Collections.nCopies(layers, encoder),
                      norm,
                      new Stack.Relative(buckets, farthest, true),
                      0),
                  source.inside("encoder"));
          if (reads) {
            Head classifier =
                role.equals("EncoderModel")
                    ? null
                    : new Head.OfTokens(
                        Projection.of(source.inside("classifier"), true, hidden, classes),
                        classifierDropout);
            return new EncoderModel(tokens, encodes, classifier, null);
          }
          Stack decodes =
              new Stack(
                  new Stack.Spec(
                      Collections.nCopies(decoderLayers, decoder),
                      norm,
                      new Stack.Relative(buckets, farthest, false),
                      hidden),
                  source.inside("decoder"));
          EncoderDecoderModel.TextEncoder half =
              new EncoderDecoderModel.TextEncoder(tokens, encodes);
          if (classifies || answers) {
            Head judge =
                answers ? Heads.answer(source, hidden) : Heads.end(source, hidden, classes, end);
            return new JudgingModel(half, tokens, decodes, judge, start);
          }
          boolean own = !saidTied || source.has("head.weight");
          LanguageHead head =
              new LanguageHead(
                  new Projection(
                      own
                          ? source.take("head.weight", embedding.vocabulary(), hidden)
                          : tokens.table(),
                      null),
                  scaled ? 1 / Math.sqrt(hidden) : 1,
                  null);
          return new EncoderDecoderModel(half, tokens, decodes, head, NO_LIMIT);
        });
  }

  private static BlockSpec.Attention attention(
      int heads, int size, boolean causal, double dropout) {
    return new BlockSpec.Attention(
        heads, heads, size, false, false, null, causal, null, null, 1, null, dropout);
  }

  private static BlockSpec block(
      int hidden,
      Norm norm,
      BlockSpec.Attention attention,
      BlockSpec.@Nullable Attention cross,
      BlockSpec.FeedForward feed,
      double dropout) {
    return new BlockSpec(hidden, norm, BlockSpec.Placement.PRE, attention, cross, feed, dropout);
  }
}

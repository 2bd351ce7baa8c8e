package io.millrace.model.folder;

import io.millrace.model.ModelException;
import io.millrace.model.architecture.EncoderDecoderModel;
import io.millrace.model.architecture.Head;
import io.millrace.model.architecture.JudgingModel;
import io.millrace.model.architecture.LanguageHead;
import io.millrace.model.architecture.SoundEncoder;
import io.millrace.model.architecture.TokenEmbedding;
import io.millrace.model.layer.Activation;
import io.millrace.model.transformer.BlockSpec;
import io.millrace.model.transformer.Norm;
import io.millrace.model.transformer.Projection;
import io.millrace.model.transformer.Source;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Tensor;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/** BART, Marian's translators and Whisper, which write alike. */
enum Barts implements Family {
  BART("BartForConditionalGeneration"),
  MARIAN("MarianMTModel"),
  WHISPER("WhisperForConditionalGeneration");

  private static final int BART_OFFSET = 2;
  private static final int BART_CLASSES = 3;
  private static final String TIED =
      "(model\\.)?(encoder|decoder)\\.embed_tokens\\.weight|lm_head\\.weight|proj_out\\.weight"
          + "|(model\\.)?(encoder|decoder)\\.embed_positions\\.weight";

  private final String architecture;

  Barts(String architecture) {
    this.architecture = architecture;
  }

  private static String half(String half, String qkvBias, String kvBias) {
    return """
        HALF.embedding.positions.weight = HALF.embed_positions.weight
        HALF.embedding.norm.* = HALF.layernorm_embedding.*
        HALF.norm.* = HALF.layer_norm.*
        HALF.blocks.#.attention.qkv.weight = HALF.layers.#.self_attn.q_proj.weight \
        + HALF.layers.#.self_attn.k_proj.weight + HALF.layers.#.self_attn.v_proj.weight
        HALF.blocks.#.attention.qkv.bias = HALF.layers.#.self_attn.q_proj.bias \
        + KEYS + HALF.layers.#.self_attn.v_proj.bias
        HALF.blocks.#.attention.output.* = HALF.layers.#.self_attn.out_proj.*
        HALF.blocks.#.attention-norm.* = HALF.layers.#.self_attn_layer_norm.*
        HALF.blocks.#.cross.q.* = HALF.layers.#.encoder_attn.q_proj.*
        HALF.blocks.#.cross.kv.weight = HALF.layers.#.encoder_attn.k_proj.weight \
        + HALF.layers.#.encoder_attn.v_proj.weight
        HALF.blocks.#.cross.kv.bias = CROSS + HALF.layers.#.encoder_attn.v_proj.bias
        HALF.blocks.#.cross.output.* = HALF.layers.#.encoder_attn.out_proj.*
        HALF.blocks.#.cross-norm.* = HALF.layers.#.encoder_attn_layer_norm.*
        HALF.blocks.#.feed-forward.up.* = HALF.layers.#.fc1.*
        HALF.blocks.#.feed-forward.down.* = HALF.layers.#.fc2.*
        HALF.blocks.#.feed-forward-norm.* = HALF.layers.#.final_layer_norm.*
        """
        .replace("KEYS", qkvBias)
        .replace("CROSS", kvBias)
        .replace("HALF", half);
  }

  private String names() {
    boolean hears = this == WHISPER;
    // Whisper's keys have no bias.
    String own = hears ? WeightMap.ZEROS : "HALF.layers.#.self_attn.k_proj.bias";
    String cross = hears ? WeightMap.ZEROS : "HALF.layers.#.encoder_attn.k_proj.bias";
    return "embedding.tokens.weight = "
        + (hears ? "decoder.embed_tokens.weight" : "shared.weight")
        + "\nhead.weight = "
        + (hears ? "/proj_out.weight" : "/lm_head.weight")
        + "\nhead.bias = /final_logits_bias lead 1\n"
        + "answer.* = /qa_outputs.*\n"
        + "judge.dense.* = /classification_head.dense.*\n"
        + "judge.classifier.* = /classification_head.out_proj.*\n"
        + "encoder.first.* = encoder.conv1.*\n"
        + "encoder.second.* = encoder.conv2.*\n"
        + "encoder.positions.weight = encoder.embed_positions.weight\n"
        + half("encoder", own, cross)
        + half("decoder", own, cross);
  }

  @Override
  public Blueprint read(Config config, String given) {
    boolean writes = given.equals(architecture);
    boolean classifies = this == BART && given.equals("BartForSequenceClassification");
    boolean answers = this == BART && given.equals("BartForQuestionAnswering");
    if (!writes && !classifies && !answers) {
      throw new ModelException("folder.architecture", given);
    }
    boolean hears = this == WHISPER;
    int hidden = config.count("d_model");
    Activation activation = Settings.activation(config, "activation_function", "gelu");
    double dropout = config.share("dropout");
    double looks = config.share("attention_dropout");
    double between = config.share("activation_dropout");
    Norm norm = new Norm(Norm.Kind.LAYER, 1e-5);
    BlockSpec.Placement placement = hears ? BlockSpec.Placement.PRE : BlockSpec.Placement.POST;
    int readers = config.count("encoder_attention_heads");
    int writers = config.count("decoder_attention_heads");
    Settings.divided(config, hidden, "encoder_attention_heads", readers);
    Settings.divided(config, hidden, "decoder_attention_heads", writers);
    BlockSpec encoder =
        new BlockSpec(
            hidden,
            norm,
            placement,
            BlockSpec.Attention.plain(readers, hidden, false, looks),
            null,
            new BlockSpec.FeedForward(
                config.count("encoder_ffn_dim"), false, activation, true, between),
            dropout);
    BlockSpec decoder =
        new BlockSpec(
            hidden,
            norm,
            placement,
            BlockSpec.Attention.plain(writers, hidden, true, looks),
            BlockSpec.Attention.plain(writers, hidden, false, looks),
            new BlockSpec.FeedForward(
                config.count("decoder_ffn_dim"), false, activation, true, between),
            dropout);
    int readLayers = config.count("encoder_layers");
    int writeLayers = config.count("decoder_layers");
    int context = config.count(hears ? "max_target_positions" : "max_position_embeddings");
    double scale = config.flag("scale_embedding", false) ? Math.sqrt(hidden) : 1;
    TokenEmbedding.Spec embedding =
        new TokenEmbedding.Spec(
            config.count("vocab_size"),
            hidden,
            hidden,
            hears ? 1 : scale,
            switch (this) {
              case BART -> new TokenEmbedding.Positions(context + BART_OFFSET, BART_OFFSET, false);
              case MARIAN -> new TokenEmbedding.Positions(context, 0, true);
              case WHISPER -> new TokenEmbedding.Positions(context, 0, false);
            },
            0,
            this == BART ? norm : null,
            dropout,
            Settings.padding(config));
    int bands = hears ? config.count("num_mel_bins") : 1;
    int length = hears ? config.count("max_source_positions") : 1;
    boolean tied = config.flag("tie_word_embeddings", true);
    int classes = this == BART ? config.classes(BART_CLASSES) : 0;
    int end = classifies ? config.token("eos_token_id") : 0;
    int start = writes ? 0 : config.token("decoder_start_token_id");
    refuseOptions(config, embedding.vocabulary());
    return new Blueprint(
        new WeightMap("model.", names()),
        tied ? TIED : TIED.replace("|lm_head\\.weight|proj_out\\.weight", ""),
        "(classification_head|qa_outputs)\\..*|lm_head\\.weight|final_logits_bias",
        source -> {
          Tensor table = source.take("embedding.tokens.weight", embedding.vocabulary(), hidden);
          Source reading = source.inside("encoder");
          Source writing = source.inside("decoder");
          Norm last = hears ? norm : null;
          Stack reads =
              new Stack(new Stack.Spec(Collections.nCopies(readLayers, encoder), last), reading);
          Stack decodes =
              new Stack(
                  new Stack.Spec(Collections.nCopies(writeLayers, decoder), last, null, hidden),
                  writing);
          TokenEmbedding written =
              new TokenEmbedding(embedding, table, writing.inside("embedding"));
          EncoderDecoderModel.Encoder half =
              hears
                  ? new SoundEncoder(bands, length, hidden, reads, reading)
                  : new EncoderDecoderModel.TextEncoder(
                      new TokenEmbedding(embedding, table, reading.inside("embedding")), reads);
          if (!writes && half instanceof EncoderDecoderModel.TextEncoder text) {
            Head judge =
                answers ? Heads.answer(source, hidden) : Heads.end(source, hidden, classes, end);
            return new JudgingModel(text, written, decodes, judge, start);
          }
          return new EncoderDecoderModel(
              half, written, decodes, head(source, table, tied), context);
        });
  }

  private static LanguageHead head(Source source, Tensor table, boolean tied) {
    Tensor weight = tied ? table : source.take("head.weight", table.size(0), table.size(1));
    @Nullable Tensor bias =
        source.has("head.bias") ? source.take("head.bias", table.size(0)) : null;
    return new LanguageHead(new Projection(weight, bias), 1, null);
  }

  private void refuseOptions(Config config, int vocabulary) {
    config.only("is_encoder_decoder", true);
    config.only("is_decoder", false);
    config.only("normalize_before", false);
    config.only("add_final_layer_norm", false);
    config.only("share_encoder_decoder_embeddings", true);
    config.only("decoder_vocab_size", vocabulary);
    config.only("apply_spec_augment", false);
    config.only("use_weighted_layer_sum", false);
    config.harmless(
        "num_hidden_layers",
        "max_position_embeddings",
        "classif_dropout",
        "add_bias_logits",
        "static_position_embeddings",
        "normalize_embedding",
        "extra_pos_embeddings",
        "force_bos_token_to_be_generated",
        "gradient_checkpointing",
        "classifier_proj_size",
        "median_filter_width",
        "max_source_positions",
        "mask_time_prob",
        "mask_time_length",
        "mask_time_min_masks",
        "mask_feature_prob",
        "mask_feature_length",
        "mask_feature_min_masks",
        "alignment_heads",
        "lang_ids");
  }
}

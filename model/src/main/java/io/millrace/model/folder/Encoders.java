package io.millrace.model.folder;

import io.millrace.model.ModelException;
import io.millrace.model.architecture.EncoderModel;
import io.millrace.model.architecture.Head;
import io.millrace.model.architecture.Pooling;
import io.millrace.model.architecture.TokenEmbedding;
import io.millrace.model.layer.Activation;
import io.millrace.model.transformer.BlockSpec;
import io.millrace.model.transformer.Norm;
import io.millrace.model.transformer.Projection;
import io.millrace.model.transformer.Source;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/** BERT and the families that differ from it in names and details. */
enum Encoders implements Family {
  BERT("Bert", "bert.", Names.BERT + Names.BLOCKS),
  ROBERTA("Roberta", "roberta.", Names.ROBERTA + Names.BLOCKS),
  XLM_ROBERTA("XLMRoberta", "roberta.", Names.ROBERTA + Names.BLOCKS),
  ELECTRA("Electra", "electra.", Names.ELECTRA + Names.BLOCKS),
  DISTILBERT("DistilBert", "distilbert.", Names.DISTILBERT),
  MPNET("MPNet", "mpnet.", Names.MPNET);

  private static final String HEADS =
      "(cls|classifier|pooled_classifier|lm_head|qa_outputs|pooler|(bert|roberta|mpnet)\\.pooler"
          + "|vocab_transform|vocab_layer_norm|vocab_projector|pre_classifier|generator_predictions"
          + "|generator_lm_head|discriminator_predictions)\\..*";
  private static final String TIED =
      "cls\\.predictions\\.decoder\\.(weight|bias)|lm_head\\.decoder\\.(weight|bias)"
          + "|vocab_projector\\.weight|generator_lm_head\\.weight";
  private static final int OLD_BUCKETS_REACH = 128;

  private final String kind;
  private final WeightMap map;

  Encoders(String kind, String prefix, String table) {
    this.kind = kind;
    this.map = new WeightMap(prefix, table);
  }

  @Override
  public Blueprint read(Config config, String architecture) {
    boolean distilled = this == DISTILBERT;
    int hidden = config.count(distilled ? "dim" : "hidden_size");
    int layers = config.count(distilled ? "n_layers" : "num_hidden_layers");
    String headsKey = distilled ? "n_heads" : "num_attention_heads";
    int heads = config.count(headsKey);
    Settings.divided(config, hidden, headsKey, heads);
    Activation activation =
        Settings.activation(config, distilled ? "activation" : "hidden_act", "gelu");
    double dropout = config.share(distilled ? "dropout" : "hidden_dropout_prob");
    double looks = config.share(distilled ? "attention_dropout" : "attention_probs_dropout_prob");
    Norm norm =
        new Norm(Norm.Kind.LAYER, distilled ? 1e-12 : config.number("layer_norm_eps", 1e-12));
    BlockSpec block =
        new BlockSpec(
            hidden,
            norm,
            BlockSpec.Placement.POST,
            BlockSpec.Attention.plain(heads, hidden, false, looks),
            null,
            new BlockSpec.FeedForward(
                config.count(distilled ? "hidden_dim" : "intermediate_size"),
                false,
                activation,
                true,
                0),
            dropout);
    // RoBERTa and MPNet count positions from behind the padding's row.
    boolean counts = this == ROBERTA || this == XLM_ROBERTA || this == MPNET;
    Integer padding = this == MPNET ? Integer.valueOf(1) : config.id("pad_token_id");
    int offset = counts && padding != null ? padding + 1 : 0;
    int rows = config.count("max_position_embeddings");
    TokenEmbedding.Spec embedding =
        new TokenEmbedding.Spec(
            config.count("vocab_size"),
            config.count("embedding_size", hidden),
            hidden,
            1,
            new TokenEmbedding.Positions(rows, offset, false),
            distilled || this == MPNET ? 0 : config.count("type_vocab_size", 2),
            norm,
            dropout,
            Settings.padding(config));
    if (this != ELECTRA && embedding.width() != hidden) {
      throw config.wrong("embedding_size", "the hidden size " + hidden);
    }
    Stack.Relative relative =
        this == MPNET
            ? new Stack.Relative(
                config.count("relative_attention_num_buckets", 32), OLD_BUCKETS_REACH, true)
            : null;
    Stack.Spec stack = new Stack.Spec(Collections.nCopies(layers, block), null, relative, 0);
    boolean tied = config.flag("tie_word_embeddings", true);
    int classes = config.classes();
    config.only("position_embedding_type", "absolute");
    config.only("is_decoder", false);
    config.only("add_cross_attention", false);
    config.harmless(
        "summary_type",
        "summary_use_proj",
        "summary_activation",
        "summary_last_dropout",
        "qa_dropout",
        "sinusoidal_pos_embds");
    double last = config.has("classifier_dropout") ? config.share("classifier_dropout") : dropout;
    if (distilled) {
      last = config.number("seq_classif_dropout", 0.2);
    }
    Read read = new Read(Settings.pooling(config), config.flag("classifier_words", false));
    HeadMaker maker =
        head(architecture, hidden, embedding, norm, activation, tied, classes, last, read);
    return new Blueprint(
        map,
        tied ? TIED : "lm_head\\.decoder\\.bias|cls\\.predictions\\.decoder\\.bias",
        HEADS,
        source -> {
          TokenEmbedding tokens = new TokenEmbedding(embedding, source.inside("embedding"));
          Stack blocks = new Stack(stack, source);
          return new EncoderModel(
              tokens, blocks, maker.make(source, tokens), counts ? padding : null);
        });
  }

  /** Whether classes can be read from any vector of a text in this family. */
  static boolean pools(String family) {
    return Arrays.stream(values()).anyMatch(one -> one.kind.equals(family));
  }

  /** What classes of a text are read from. */
  private record Read(Pooling pooling, boolean words) {}

  private interface HeadMaker {
    @Nullable Head make(Source source, TokenEmbedding tokens);
  }

  private HeadMaker head(
      String architecture,
      int hidden,
      TokenEmbedding.Spec embedding,
      Norm norm,
      Activation activation,
      boolean tied,
      int classes,
      double dropout,
      Read read) {
    String role =
        architecture.startsWith(kind) ? architecture.substring(kind.length()) : architecture;
    return switch (role) {
      case "Model" ->
          (source, tokens) ->
              this != DISTILBERT && this != ELECTRA && source.has("pooler.weight")
                  ? new Head.Pooled(Projection.of(source.inside("pooler"), true, hidden, hidden))
                  : null;
      case "ForMaskedLM", "ForPreTraining" -> {
        if (role.equals("ForPreTraining") && this != BERT) {
          throw new ModelException("folder.architecture", architecture);
        }
        yield (source, tokens) ->
            masked(source.inside("head"), tokens, hidden, norm, activation, tied);
      }
      case "ForTokenClassification" ->
          (source, tokens) -> new Head.OfTokens(classifier(source, hidden, classes), dropout);
      case "ForQuestionAnswering" -> (source, tokens) -> Heads.answer(source, hidden);
      case "ForSequenceClassification" ->
          (source, tokens) -> {
            Activation between =
                switch (this) {
                  case DISTILBERT -> Activation.RELU;
                  case ELECTRA -> Activation.GELU;
                  default -> Activation.TANH;
                };
            String usual = this == BERT ? "pooler" : "before-classifier";
            boolean first = read.pooling == Pooling.CLS && !read.words;
            Source place = source.inside(first ? usual : Recast.POOLED);
            Source last = this == BERT || this == DISTILBERT ? source : source.inside("text");
            return new Head.OfText(
                read.pooling,
                read.words,
                Projection.of(place, true, read.words ? 2 * hidden : hidden, hidden),
                between,
                classifier(last, hidden, classes),
                dropout);
          };
      default -> throw new ModelException("folder.architecture", architecture);
    };
  }

  private static Projection classifier(Source source, int hidden, int classes) {
    return Projection.of(source.inside("classifier"), true, hidden, classes);
  }

  private Head masked(
      Source source,
      TokenEmbedding tokens,
      int hidden,
      Norm norm,
      Activation activation,
      boolean tied) {
    int width = tokens.spec().width();
    Projection between = Projection.of(source.inside("between"), true, hidden, width);
    boolean gelu = this != BERT && this != DISTILBERT;
    Source decoder = source.inside("decoder");
    int vocabulary = tokens.spec().vocabulary();
    Tensor bias = decoder.take("bias", vocabulary);
    if (!tied && decoder.has("own-bias")) {
      bias = decoder.take("own-bias", vocabulary);
    }
    return new Head.OfMasked(
        between,
        gelu ? Activation.GELU : activation,
        norm.build(source.inside("norm"), width),
        new Projection(tied ? tokens.table() : decoder.take("weight", vocabulary, width), bias));
  }

  /** The tables of names. */
  private static final class Names {
    private static final String BLOCKS =
        """
        embedding.tokens.weight = embeddings.word_embeddings.weight
        embedding.positions.weight = embeddings.position_embeddings.weight
        embedding.types.weight = embeddings.token_type_embeddings.weight
        embedding.norm.* = embeddings.LayerNorm.*
        embedding.projection.* = embeddings_project.*
        blocks.#.attention.qkv.* = encoder.layer.#.attention.self.query.* \
        + encoder.layer.#.attention.self.key.* + encoder.layer.#.attention.self.value.*
        blocks.#.attention.output.* = encoder.layer.#.attention.output.dense.*
        blocks.#.attention-norm.* = encoder.layer.#.attention.output.LayerNorm.*
        blocks.#.feed-forward.up.* = encoder.layer.#.intermediate.dense.*
        blocks.#.feed-forward.down.* = encoder.layer.#.output.dense.*
        blocks.#.feed-forward-norm.* = encoder.layer.#.output.LayerNorm.*
        pooler.* = pooler.dense.*
        classifier.* = /classifier.*
        answer.* = /qa_outputs.*
        pooled.* = /pooled_classifier.*
        """;
    private static final String BERT =
        """
        head.between.* = /cls.predictions.transform.dense.*
        head.norm.* = /cls.predictions.transform.LayerNorm.*
        head.decoder.bias = /cls.predictions.bias
        head.decoder.weight = /cls.predictions.decoder.weight
        head.decoder.own-bias = /cls.predictions.decoder.bias
        """;
    private static final String OUT_PROJECTION =
        """
        before-classifier.* = /classifier.dense.*
        text.classifier.* = /classifier.out_proj.*
        """;
    private static final String LANGUAGE =
        """
        head.between.* = /lm_head.dense.*
        head.norm.* = /lm_head.layer_norm.*
        head.decoder.bias = /lm_head.bias
        head.decoder.weight = /lm_head.decoder.weight
        head.decoder.own-bias = /lm_head.decoder.bias
        """;
    private static final String ROBERTA = LANGUAGE + OUT_PROJECTION;
    private static final String ELECTRA =
        """
        head.between.* = /generator_predictions.dense.*
        head.norm.* = /generator_predictions.LayerNorm.*
        head.decoder.own-bias = /generator_lm_head.own-bias
        head.decoder.* = /generator_lm_head.*
        """
            + OUT_PROJECTION;
    private static final String DISTILBERT =
        """
        embedding.tokens.weight = embeddings.word_embeddings.weight
        embedding.positions.weight = embeddings.position_embeddings.weight
        embedding.norm.* = embeddings.LayerNorm.*
        blocks.#.attention.qkv.* = transformer.layer.#.attention.q_lin.* \
        + transformer.layer.#.attention.k_lin.* + transformer.layer.#.attention.v_lin.*
        blocks.#.attention.output.* = transformer.layer.#.attention.out_lin.*
        blocks.#.attention-norm.* = transformer.layer.#.sa_layer_norm.*
        blocks.#.feed-forward.up.* = transformer.layer.#.ffn.lin1.*
        blocks.#.feed-forward.down.* = transformer.layer.#.ffn.lin2.*
        blocks.#.feed-forward-norm.* = transformer.layer.#.output_layer_norm.*
        head.between.* = /vocab_transform.*
        head.norm.* = /vocab_layer_norm.*
        head.decoder.own-bias = /vocab_projector.own-bias
        head.decoder.* = /vocab_projector.*
        before-classifier.* = /pre_classifier.*
        classifier.* = /classifier.*
        answer.* = /qa_outputs.*
        pooled.* = /pooled_classifier.*
        """;
    private static final String MPNET =
        """
        embedding.tokens.weight = embeddings.word_embeddings.weight
        embedding.positions.weight = embeddings.position_embeddings.weight
        embedding.norm.* = embeddings.LayerNorm.*
        relative.weight = encoder.relative_attention_bias.weight
        blocks.#.attention.qkv.* = encoder.layer.#.attention.attn.q.* \
        + encoder.layer.#.attention.attn.k.* + encoder.layer.#.attention.attn.v.*
        blocks.#.attention.output.* = encoder.layer.#.attention.attn.o.*
        blocks.#.attention-norm.* = encoder.layer.#.attention.LayerNorm.*
        blocks.#.feed-forward.up.* = encoder.layer.#.intermediate.dense.*
        blocks.#.feed-forward.down.* = encoder.layer.#.output.dense.*
        blocks.#.feed-forward-norm.* = encoder.layer.#.output.LayerNorm.*
        pooler.* = pooler.dense.*
        classifier.* = /classifier.*
        answer.* = /qa_outputs.*
        pooled.* = /pooled_classifier.*
        """
            + LANGUAGE
            + OUT_PROJECTION;
  }
}

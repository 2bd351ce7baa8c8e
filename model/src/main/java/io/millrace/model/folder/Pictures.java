package io.millrace.model.folder;

import io.millrace.model.ModelException;
import io.millrace.model.architecture.ContrastiveModel;
import io.millrace.model.architecture.PictureEmbedding;
import io.millrace.model.architecture.PictureModel;
import io.millrace.model.architecture.ResidualModel;
import io.millrace.model.architecture.TokenEmbedding;
import io.millrace.model.transformer.BlockSpec;
import io.millrace.model.transformer.Norm;
import io.millrace.model.transformer.Projection;
import io.millrace.model.transformer.Source;
import io.millrace.model.transformer.Stack;
import java.util.Collections;

/** ViT, ResNet and CLIP. */
enum Pictures implements Family {
  VIT {
    @Override
    public Blueprint read(Config config, String architecture) {
      boolean classifies = architecture.equals("ViTForImageClassification");
      if (!classifies && !architecture.equals("ViTModel")) {
        throw new ModelException("folder.architecture", architecture);
      }
      BlockSpec block =
          block(config, config.flag("qkv_bias", true), false, "gelu", "hidden_dropout_prob");
      PictureEmbedding.Spec embedding = pictures(config, block, true, null);
      int layers = config.count("num_hidden_layers");
      int classes = config.classes();
      config.harmless("encoder_stride", "pooler_act", "pooler_output_size");
      return new Blueprint(
          new WeightMap("vit.", VIT_NAMES),
          "(?!)",
          "(vit\\.)?pooler\\..*|classifier\\..*",
          source ->
              new PictureModel(
                  new PictureEmbedding(embedding, source.inside("embedding")),
                  new Stack(
                      new Stack.Spec(Collections.nCopies(layers, block), block.norm()), source),
                  classifies
                      ? Projection.of(source.inside("classifier"), true, block.hidden(), classes)
                      : null));
    }
  },
  RESNET {
    @Override
    public Blueprint read(Config config, String architecture) {
      boolean classifies = architecture.equals("ResNetForImageClassification");
      if (!classifies && !architecture.equals("ResNetModel")) {
        throw new ModelException("folder.architecture", architecture);
      }
      String kind = config.text("layer_type", "bottleneck");
      if (!kind.equals("basic") && !kind.equals("bottleneck")) {
        throw config.wrong("layer_type", "basic or bottleneck");
      }
      ResidualModel.Spec spec =
          new ResidualModel.Spec(
              config.count("num_channels", 3),
              config.count("embedding_size"),
              config.counts("hidden_sizes"),
              config.counts("depths"),
              kind.equals("bottleneck"),
              config.flag("downsample_in_bottleneck", false),
              config.flag("downsample_in_first_stage", false),
              Settings.activation(config, "hidden_act", "relu"),
              classifies ? config.classes() : 0);
      if (spec.depths().size() != spec.stages().size()) {
        throw config.wrong("depths", spec.stages().size() + " numbers, as many as hidden_sizes");
      }
      config.harmless("out_features", "out_indices", "stage_names");
      return new Blueprint(
          new WeightMap("resnet.", RESNET_NAMES),
          "(?!)",
          "classifier\\..*",
          source -> new ResidualModel(spec, source));
    }
  },
  CLIP {
    @Override
    public Blueprint read(Config config, String architecture) {
      if (!architecture.equals("CLIPModel")) {
        throw new ModelException("folder.architecture", architecture);
      }
      Config text = config.inside("text_config");
      Config vision = config.inside("vision_config");
      int shared = config.count("projection_dim", 512);
      BlockSpec reads = block(text, true, true, "quick_gelu", "dropout");
      BlockSpec sees = block(vision, true, false, "quick_gelu", "dropout");
      PictureEmbedding.Spec pictures = pictures(vision, sees, false, sees.norm());
      TokenEmbedding.Spec tokens =
          new TokenEmbedding.Spec(
              text.count("vocab_size", 49408),
              reads.hidden(),
              reads.hidden(),
              1,
              new TokenEmbedding.Positions(text.count("max_position_embeddings", 77), 0, false),
              0,
              null,
              0);
      Integer end = text.id("eos_token_id");
      int textLayers = text.count("num_hidden_layers", 12);
      int visionLayers = vision.count("num_hidden_layers", 12);
      text.harmless("projection_dim", "dropout");
      vision.harmless("projection_dim", "dropout");
      config.harmless("text_config_dict", "vision_config_dict", "logit_scale_init_value");
      text.finish();
      vision.finish();
      return new Blueprint(
          new WeightMap("", CLIP_NAMES),
          "(?!)",
          "(?!)",
          source -> {
            Source texts = source.inside("text");
            Source looks = source.inside("picture");
            return new ContrastiveModel(
                new ContrastiveModel.TextTower(
                    new TokenEmbedding(tokens, texts.inside("embedding")),
                    new Stack(
                        new Stack.Spec(Collections.nCopies(textLayers, reads), reads.norm()),
                        texts),
                    Projection.of(texts.inside("projection"), false, reads.hidden(), shared),
                    end == null ? 49407 : end),
                new ContrastiveModel.PictureTower(
                    new PictureModel(
                        new PictureEmbedding(pictures, looks.inside("embedding")),
                        new Stack(
                            new Stack.Spec(Collections.nCopies(visionLayers, sees), null), looks),
                        null),
                    sees.norm().build(looks.inside("last-norm"), sees.hidden()),
                    Projection.of(looks.inside("projection"), false, sees.hidden(), shared)),
                source.scalar("scale"));
          });
    }
  };

  private static BlockSpec block(
      Config config, boolean inputBias, boolean causal, String activation, String dropoutKey) {
    int hidden = config.count("hidden_size", causal ? 512 : 768);
    int heads = config.count("num_attention_heads", causal ? 8 : 12);
    int size = Settings.divided(config, hidden, "num_attention_heads", heads);
    String looks =
        config.has("attention_probs_dropout_prob")
            ? "attention_probs_dropout_prob"
            : "attention_dropout";
    return new BlockSpec(
        hidden,
        new Norm(Norm.Kind.LAYER, config.number("layer_norm_eps", 1e-5)),
        BlockSpec.Placement.PRE,
        new BlockSpec.Attention(
            heads,
            heads,
            size,
            inputBias,
            true,
            null,
            causal,
            null,
            null,
            1 / Math.sqrt(size),
            null,
            config.share(looks)),
        null,
        new BlockSpec.FeedForward(
            config.count("intermediate_size", 4 * hidden),
            false,
            Settings.activation(config, "hidden_act", activation),
            true,
            0),
        config.share(dropoutKey));
  }

  private static PictureEmbedding.Spec pictures(
      Config config, BlockSpec block, boolean bias, @org.jspecify.annotations.Nullable Norm norm) {
    int[] size = config.pair("image_size");
    int[] patch = config.pair("patch_size");
    if (patch[0] != patch[1] || size[0] < patch[0] || size[1] < patch[0]) {
      throw config.wrong("patch_size", "one number, not above image_size");
    }
    return new PictureEmbedding.Spec(
        config.count("num_channels", 3), size[0], size[1], patch[0], block.hidden(), bias, norm);
  }

  private static final String VIT_NAMES =
      """
      embedding.patches.* = embeddings.patch_embeddings.projection.*
      embedding.whole = embeddings.cls_token lead 2
      embedding.positions = embeddings.position_embeddings lead 1
      norm.* = layernorm.*
      classifier.* = /classifier.*
      blocks.#.attention-norm.* = encoder.layer.#.layernorm_before.*
      blocks.#.attention.qkv.* = encoder.layer.#.attention.attention.query.* \
      + encoder.layer.#.attention.attention.key.* + encoder.layer.#.attention.attention.value.*
      blocks.#.attention.output.* = encoder.layer.#.attention.output.dense.*
      blocks.#.feed-forward-norm.* = encoder.layer.#.layernorm_after.*
      blocks.#.feed-forward.up.* = encoder.layer.#.intermediate.dense.*
      blocks.#.feed-forward.down.* = encoder.layer.#.output.dense.*
      """;
  private static final String RESNET_NAMES =
      """
      stem.convolution.weight = embedder.embedder.convolution.weight
      stem.norm.mean = embedder.embedder.normalization.running_mean
      stem.norm.variance = embedder.embedder.normalization.running_var
      stem.norm.* = embedder.embedder.normalization.*
      stages.#.#.#.convolution.weight = encoder.stages.#.layers.#.layer.#.convolution.weight
      stages.#.#.#.norm.mean = encoder.stages.#.layers.#.layer.#.normalization.running_mean
      stages.#.#.#.norm.variance = encoder.stages.#.layers.#.layer.#.normalization.running_var
      stages.#.#.#.norm.* = encoder.stages.#.layers.#.layer.#.normalization.*
      stages.#.#.shortcut.convolution.weight = encoder.stages.#.layers.#.shortcut.convolution.weight
      stages.#.#.shortcut.norm.mean = encoder.stages.#.layers.#.shortcut.normalization.running_mean
      stages.#.#.shortcut.norm.variance = encoder.stages.#.layers.#.shortcut.normalization.running_var
      stages.#.#.shortcut.norm.* = encoder.stages.#.layers.#.shortcut.normalization.*
      classifier.* = /classifier.1.*
      """;

  private static String tower(String ours, String theirs) {
    return """
        OURS.blocks.#.attention-norm.* = THEIRS.encoder.layers.#.layer_norm1.*
        OURS.blocks.#.attention.qkv.* = THEIRS.encoder.layers.#.self_attn.q_proj.* \
        + THEIRS.encoder.layers.#.self_attn.k_proj.* + THEIRS.encoder.layers.#.self_attn.v_proj.*
        OURS.blocks.#.attention.output.* = THEIRS.encoder.layers.#.self_attn.out_proj.*
        OURS.blocks.#.feed-forward-norm.* = THEIRS.encoder.layers.#.layer_norm2.*
        OURS.blocks.#.feed-forward.up.* = THEIRS.encoder.layers.#.mlp.fc1.*
        OURS.blocks.#.feed-forward.down.* = THEIRS.encoder.layers.#.mlp.fc2.*
        """
        .replace("OURS", ours)
        .replace("THEIRS", theirs);
  }

  private static final String CLIP_NAMES =
      """
      scale = logit_scale
      text.embedding.tokens.weight = text_model.embeddings.token_embedding.weight
      text.embedding.positions.weight = text_model.embeddings.position_embedding.weight
      text.norm.* = text_model.final_layer_norm.*
      text.projection.weight = text_projection.weight
      picture.embedding.patches.weight = vision_model.embeddings.patch_embedding.weight
      picture.embedding.whole = vision_model.embeddings.class_embedding
      picture.embedding.positions = vision_model.embeddings.position_embedding.weight
      picture.embedding.norm.* = vision_model.pre_layrnorm.*
      picture.last-norm.* = vision_model.post_layernorm.*
      picture.projection.weight = visual_projection.weight
      """
          + tower("text", "text_model")
          + tower("picture", "vision_model");
}

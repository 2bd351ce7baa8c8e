package io.millrace.model.folder;

import io.millrace.model.architecture.Pooling;
import io.millrace.model.layer.Activation;
import io.millrace.model.transformer.Rope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Settings that many families spell alike. */
final class Settings {
  private static final Map<String, Activation> ACTIVATIONS =
      Map.ofEntries(
          Map.entry("gelu", Activation.GELU),
          Map.entry("gelu_python", Activation.GELU),
          Map.entry("gelu_new", Activation.GELU_TANH),
          Map.entry("gelu_fast", Activation.GELU_TANH),
          Map.entry("gelu_pytorch_tanh", Activation.GELU_TANH),
          Map.entry("gelu_python_tanh", Activation.GELU_TANH),
          Map.entry("quick_gelu", Activation.QUICK_GELU),
          Map.entry("relu", Activation.RELU),
          Map.entry("relu6", Activation.RELU6),
          Map.entry("silu", Activation.SILU),
          Map.entry("swish", Activation.SILU),
          Map.entry("mish", Activation.MISH),
          Map.entry("tanh", Activation.TANH),
          Map.entry("sigmoid", Activation.SIGMOID),
          Map.entry("linear", Activation.LINEAR));

  private Settings() {}

  /** The activation under a key. */
  static Activation activation(Config config, String key, String otherwise) {
    Activation activation = ACTIVATIONS.get(config.text(key, otherwise));
    if (activation == null) {
      throw config.wrong(key, "one of " + ACTIVATIONS.keySet().stream().sorted().toList());
    }
    return activation;
  }

  /** What classes of a text are read from; the first token, where the folder does not say. */
  static Pooling pooling(Config config) {
    String given = config.text("classifier_pooling", "cls");
    return Arrays.stream(Pooling.values())
        .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(given))
        .findFirst()
        .orElseThrow(() -> config.wrong("classifier_pooling", "one of cls, last, max, mean"));
  }

  /** Refuses heads that do not divide the hidden size. */
  static int divided(Config config, int hidden, String headsKey, int heads) {
    if (hidden % heads != 0) {
      throw config.wrong(headsKey, "a divisor of the hidden size " + hidden);
    }
    return hidden / heads;
  }

  /**
   * Rotary positions: {@code rope_parameters} as transformers 5 writes them, or {@code rope_theta}
   * and {@code rope_scaling} of transformers 4.
   *
   * @param kind a kind of layers with parameters of its own; absent: all have the same
   * @param theta the base where the configuration says none
   */
  static Rope rope(Config config, int headSize, @Nullable String kind, double theta) {
    long context = config.count("max_position_embeddings");
    Config scaling = null;
    if (config.has("rope_parameters")) {
      scaling = config.inside("rope_parameters");
      if (kind != null && scaling.has(kind)) {
        scaling = scaling.inside(kind);
      }
    } else if (config.has("rope_scaling") && !"sliding_attention".equals(kind)) {
      scaling = config.inside("rope_scaling");
    }
    String thetaKey = "sliding_attention".equals(kind) ? "rope_local_base_freq" : "rope_theta";
    double base =
        scaling != null && scaling.has("rope_theta")
            ? scaling.number("rope_theta")
            : config.number(thetaKey, theta);
    double part =
        scaling != null && scaling.has("partial_rotary_factor")
            ? scaling.number("partial_rotary_factor")
            : config.number("partial_rotary_factor", 1);
    int size = (int) (headSize * part);
    if (size < 2 || size % 2 != 0 || size > headSize || !(base > 0)) {
      throw config.wrong("partial_rotary_factor", "an even part of the head size " + headSize);
    }
    config.harmless("rope_theta", "rope_scaling", "rope_local_base_freq");
    if (scaling == null) {
      return new Rope(base, size, context, new Rope.Plain());
    }
    return new Rope(base, size, context, scaling(config, scaling, context, size));
  }

  private static Rope.Scaling scaling(Config config, Config rope, long context, int size) {
    String type = rope.text("rope_type", rope.text("type", "default"));
    boolean phi = config.text("model_type", "").equals("phi3");
    if (phi && (type.equals("su") || type.equals("yarn"))) {
      type = "longrope";
    }
    Rope.Scaling scaling =
        switch (type) {
          case "default" -> new Rope.Plain();
          case "linear" -> new Rope.Linear(factor(rope));
          case "dynamic" -> new Rope.Dynamic(factor(rope));
          case "llama3" ->
              new Rope.Llama3(
                  factor(rope),
                  rope.number("low_freq_factor"),
                  rope.number("high_freq_factor"),
                  rope.count("original_max_position_embeddings"));
          case "yarn" -> yarn(rope, context);
          case "longrope" -> longrope(config, rope, context, size);
          default ->
              throw rope.wrong(
                  rope.has("rope_type") ? "rope_type" : "type",
                  "default, linear, dynamic, llama3, yarn or longrope");
        };
    rope.harmless(
        "rope_type",
        "type",
        "rope_theta",
        "partial_rotary_factor",
        "factor",
        "original_max_position_embeddings",
        "full_attention",
        "sliding_attention");
    rope.finish();
    return scaling;
  }

  private static double factor(Config rope) {
    double factor = rope.number("factor");
    if (!(factor >= 1)) {
      throw rope.wrong("factor", "a number of at least 1");
    }
    return factor;
  }

  private static Rope.Scaling yarn(Config rope, long context) {
    long original = rope.count("original_max_position_embeddings", (int) context);
    double factor = rope.has("factor") ? factor(rope) : (double) context / original;
    Double scale = rope.has("mscale") ? rope.number("mscale") : null;
    Double all = rope.has("mscale_all_dim") ? rope.number("mscale_all_dim") : null;
    double attention =
        rope.has("attention_factor")
            ? rope.number("attention_factor")
            : Rope.attention(factor, scale, all);
    return new Rope.Yarn(
        factor,
        rope.number("beta_fast", 32),
        rope.number("beta_slow", 1),
        original,
        attention,
        rope.flag("truncate", true));
  }

  private static Rope.Scaling longrope(Config config, Config rope, long context, int size) {
    List<Double> shorter = rope.numbers("short_factor");
    List<Double> longer = rope.numbers("long_factor");
    if (shorter.size() != size / 2 || longer.size() != size / 2) {
      throw rope.wrong(
          shorter.size() != size / 2 ? "short_factor" : "long_factor", size / 2 + " numbers");
    }
    int known = config.count("original_max_position_embeddings", (int) context);
    long original = rope.count("original_max_position_embeddings", known);
    double factor = rope.has("factor") ? factor(rope) : (double) context / original;
    double attention =
        rope.has("attention_factor")
            ? rope.number("attention_factor")
            : factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
    return new Rope.Long(shorter, longer, original, attention);
  }

  /**
   * The kind of each layer, {@code full_attention} or {@code sliding_attention}.
   *
   * @param otherwise of each layer where the configuration does not list them
   */
  static List<String> kinds(
      Config config, int layers, java.util.function.IntFunction<String> otherwise) {
    List<String> kinds = new ArrayList<>();
    if (config.has("layer_types")) {
      kinds.addAll(config.texts("layer_types"));
      boolean known =
          kinds.stream()
              .allMatch(kind -> kind.equals("full_attention") || kind.equals("sliding_attention"));
      if (!known || kinds.size() != layers) {
        throw config.wrong("layer_types", layers + " times full_attention or sliding_attention");
      }
      return kinds;
    }
    for (int i = 0; i < layers; i++) {
      kinds.add(otherwise.apply(i));
    }
    return kinds;
  }

  /** The padding's id where it is a row of the table, which the reference does not train. */
  static @Nullable Integer padding(Config config) {
    Integer id = config.id("pad_token_id");
    return id == null || id < 0 || id >= config.count("vocab_size") ? null : id;
  }
}

package io.millrace.pipeline.replay;

import io.millrace.model.Sequential;
import io.millrace.model.layer.Activation;
import io.millrace.model.layer.Conv;
import io.millrace.model.layer.Dense;
import io.millrace.model.layer.Flatten;
import io.millrace.model.layer.Initializer;
import io.millrace.model.layer.LayerSpec;
import io.millrace.model.layer.Layers;
import io.millrace.model.layer.Normalizing;
import io.millrace.model.layer.Padding;
import io.millrace.model.layer.Pooled;
import io.millrace.model.layer.Rearrange;
import io.millrace.model.layer.Recurring;
import io.millrace.model.layer.Wrap;
import io.millrace.pipeline.PipelineException;
import io.millrace.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/**
 * The layers of a recorded training, in PyTorch's words, as layers of ours, and what its weights
 * are called there.
 */
final class RecordedModel {
  private static final Map<String, String> NAMES =
      Map.of(
          "gamma", "weight",
          "beta", "bias",
          "moving_mean", "running_mean",
          "moving_variance", "running_var",
          "scale", "weight");

  private final Path folder;
  private final List<LayerSpec> layers = new ArrayList<>();
  private final List<String> prefixes = new ArrayList<>();

  private RecordedModel(Path folder) {
    this.folder = folder;
  }

  /** Reads the layers; series, pictures and volumes were recorded with their channels first. */
  static RecordedModel read(Path folder, JsonNode layers) {
    RecordedModel model = new RecordedModel(folder);
    String first = layers.get(0).propertyNames().iterator().next();
    if (first.matches("(conv|maxpool|avgpool)[123]d|batchnorm[23]d")) {
      model.channelsLast(first.charAt(first.length() - 2) - '0' + 1);
    }
    for (JsonNode layer : layers) {
      model.add(layer);
    }
    return model;
  }

  Sequential sequential() {
    return new Sequential(layers);
  }

  /** The recorded name of a weight of ours, for example {@code 3.weight_ih}. */
  String recorded(String name) {
    int dot = name.indexOf('.');
    String prefix = prefixes.get(Integer.parseInt(name.substring(0, dot)));
    String own = name.substring(dot + 1);
    if (own.contains("_ih") || own.contains("_hh")) {
      String reverse = own.startsWith("backward.") ? "_reverse" : "";
      return prefix
          + own.replace("forward.", ".").replace("backward.", ".").replaceFirst("^(?!\\.)", ".")
          + "_l0"
          + reverse;
    }
    return prefix + "." + NAMES.getOrDefault(own, own);
  }

  private void put(LayerSpec layer, String prefix) {
    layers.add(layer);
    prefixes.add(prefix);
  }

  /** Channels first, as PyTorch records them, to last. */
  private void channelsLast(int rank) {
    List<Integer> order = new ArrayList<>(IntStream.rangeClosed(2, rank).boxed().toList());
    order.add(1);
    put(new Rearrange.Permute(order), "");
  }

  private void add(JsonNode layer) {
    String kind = layer.propertyNames().iterator().next();
    JsonNode value = layer.path(kind);
    String weights = layer.path("weights").asString("");
    int rank = kind.matches(".*[123]d") ? kind.charAt(kind.length() - 2) - '0' : 0;
    switch (kind) {
      case "dense", "linear" ->
          put(
              new Dense(
                  value.get(1).intValue(),
                  Activation.LINEAR,
                  layer.path("bias").asBoolean(true),
                  Initializer.ZEROS),
              weights);
      case "conv1d", "conv2d", "conv3d" -> {
        pad(rank, layer);
        put(
            new Conv(
                rank,
                value.get(1).intValue(),
                numbers(layer.path("kernel"), 1),
                numbers(stride(layer), 1),
                Padding.VALID,
                numbers(layer.path("dilation"), 1),
                layer.path("groups").asInt(1),
                layer.path("bias").asBoolean(true),
                Activation.LINEAR,
                Initializer.ZEROS),
            weights);
      }
      case "maxpool1d", "maxpool2d", "maxpool3d" ->
          put(new Pooled.MaxPooling(rank, numbers(value, 2), moves(layer), Padding.VALID), "");
      case "avgpool1d", "avgpool2d", "avgpool3d" ->
          put(new Pooled.AveragePooling(rank, numbers(value, 2), moves(layer), Padding.VALID), "");
      case "batchnorm1d", "batchnorm2d", "batchnorm3d" ->
          put(
              new Normalizing.BatchNormalization(
                  1 - layer.path("momentum").asDouble(0.1), epsilon(layer), true, true),
              weights);
      case "layernorm" ->
          put(new Normalizing.LayerNormalization(epsilon(layer), true, true), weights);
      case "flatten" -> {
        if (value.asString("").contains("channels first")) {
          put(new ChannelsFirst(), "");
        }
        put(new Flatten(), "");
      }
      case "embedding" ->
          put(Layers.embedding(value.get(0).intValue(), value.get(1).intValue()), weights);
      case "gru", "lstm", "rnn" -> put(recurrent(kind, value.get(1).intValue(), layer), weights);
      default -> put(Layers.activation(activation(kind, layer)), "");
    }
  }

  private static LayerSpec recurrent(String kind, int units, JsonNode layer) {
    boolean sequences = layer.path("sequences").asBoolean(false);
    Recurring one =
        switch (kind) {
          case "gru" -> new Recurring.Gru(units, sequences, false, 0);
          case "lstm" -> new Recurring.Lstm(units, sequences, false, 0, true);
          default -> new Recurring.SimpleRnn(units, sequences, false, 0, true);
        };
    return layer.path("bidirectional").asBoolean(false)
        ? new Wrap.Bidirectional(one, Wrap.Merge.CONCAT)
        : one;
  }

  private Activation activation(String kind, JsonNode layer) {
    try {
      return Activation.valueOf(kind.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new PipelineException("replay.layer", folder, layer);
    }
  }

  /** PyTorch's padding is a number of zeros on either side. */
  private void pad(int rank, JsonNode layer) {
    List<Integer> zeros = numbers(layer.path("padding"), 0);
    if (zeros.stream().anyMatch(count -> count > 0)) {
      put(new Rearrange.ZeroPadding(rank, zeros), "");
    }
  }

  private static JsonNode stride(JsonNode layer) {
    return layer.has("strides") ? layer.path("strides") : layer.path("stride");
  }

  private static @org.jspecify.annotations.Nullable List<Integer> moves(JsonNode layer) {
    return stride(layer).isMissingNode() ? null : numbers(stride(layer), 1);
  }

  private static double epsilon(JsonNode layer) {
    return layer.path("eps").asDouble(1e-5);
  }

  private static List<Integer> numbers(JsonNode node, int otherwise) {
    if (node.isArray()) {
      List<Integer> all = new ArrayList<>();
      node.forEach(one -> all.add(one.intValue()));
      return all;
    }
    return Collections.singletonList(node.isNumber() ? node.intValue() : otherwise);
  }

  /** Rows with channels first again, for layers whose weights were recorded so. */
  record ChannelsFirst() implements LayerSpec {
    private static Rearrange.Permute turn(Shape input) {
      List<Integer> order = new ArrayList<>(List.of(input.rank()));
      IntStream.range(1, input.rank()).forEach(order::add);
      return new Rearrange.Permute(order);
    }

    @Override
    public Shape output(Shape input) {
      return turn(input).output(input);
    }

    @Override
    public io.millrace.model.layer.Layer build(
        Shape input, io.millrace.model.layer.Weights weights) {
      return turn(input).build(input, weights);
    }
  }
}

package io.millrace.pipeline;

import io.millrace.ground.json.Json;
import io.millrace.model.Network;
import io.millrace.model.Sequential;
import io.millrace.model.layer.Activation;
import io.millrace.model.layer.Dense;
import io.millrace.model.layer.Flatten;
import io.millrace.model.layer.Layer;
import io.millrace.model.layer.LayerSpec;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Threads;
import io.millrace.tensor.safetensors.SafetensorsFile;
import io.millrace.train.loss.Loss;
import io.millrace.train.loss.MeanSquaredError;
import io.millrace.train.loss.SparseCategoricalCrossEntropy;
import io.millrace.train.optimizer.Adam;
import io.millrace.train.optimizer.Optimizer;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.optimizer.Sgd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Re-runs a training that was recorded elsewhere (weights, batches, settings in a folder) and gives
 * its losses: the check that training is the same mathematics as PyTorch's. Layouts and names are a
 * PyTorch {@code nn.Sequential}'s. Expected losses are not needed.
 */
public final class Replay {
  /** How far a loss may be off, relatively, to count as the same. */
  public static final double TOLERANCE = 1e-4;

  /**
   * What came out.
   *
   * @param losses one a step
   * @param difference the largest relative difference to the recorded losses; absent where there
   *     are none
   * @param weightDifference the largest absolute difference to the recorded final weights; absent
   *     unless all recorded steps were replayed
   */
  public record Outcome(
      List<Double> losses, @Nullable Double difference, @Nullable Double weightDifference) {}

  private Replay() {}

  /**
   * Replays a folder.
   *
   * @param steps how many steps, 0 for all batches
   */
  public static Outcome run(Path folder, int steps) {
    JsonNode settings = Json.read(folder.resolve("parity.json"));
    if (!settings.path("layers").isArray() || !settings.path("optimizer").isObject()) {
      throw new PipelineException("replay.file", folder);
    }
    List<String> prefixes = new ArrayList<>();
    Sequential model = model(folder, settings.path("layers"), prefixes);
    Loss loss = loss(folder, settings.path("loss").asString(""));
    try (SafetensorsFile initial = SafetensorsFile.open(folder.resolve("initial.safetensors"));
        SafetensorsFile batches = SafetensorsFile.open(folder.resolve("batches.safetensors"))) {
      int available = 0;
      while (batches.names().contains("x." + available)) {
        available++;
      }
      int wanted = steps == 0 ? available : steps;
      if (wanted > available || wanted < 1) {
        throw new PipelineException("replay.steps", folder, wanted, available);
      }
      Trained trained =
          train(
              model,
              prefixes,
              optimizer(folder, settings.path("optimizer")),
              loss,
              initial,
              batches,
              wanted,
              folder);
      boolean whole = wanted == settings.path("losses").size();
      return new Outcome(
          trained.losses(),
          difference(trained.losses(), settings.path("losses")),
          whole ? trained.weightDifference() : null);
    }
  }

  private record Trained(List<Double> losses, double weightDifference) {}

  private static Trained train(
      Sequential model,
      List<String> prefixes,
      OptimizerSpec settings,
      Loss loss,
      SafetensorsFile initial,
      SafetensorsFile batches,
      int steps,
      Path folder) {
    List<Double> losses = new ArrayList<>();
    try (Network network = model.build(batches.entry("x.0").shape().row(), 0)) {
      load(network, prefixes, initial);
      Threads.useForWork(
          6 * model.operations(network.input()) * batches.entry("x.0").shape().size(0));
      try (Optimizer optimizer = settings.over(network.parameters())) {
        for (int step = 0; step < steps; step++) {
          try (Scope scope = Scope.open()) {
            Tensor targets = batches.tensor("y." + step);
            Tensor wanted = loss instanceof MeanSquaredError ? targets : targets.to(DType.INT64);
            Tensor scores =
                network.scores(batches.tensor("x." + step).to(DType.FLOAT32), Layer.Pass.TRAINING);
            Tensor value = loss.of(scores, network.lastActivation(), wanted);
            losses.add(value.item());
            value.backward();
            optimizer.step();
          }
        }
        return new Trained(losses, finalDifference(network, prefixes, folder));
      }
    }
  }

  private static void load(Network network, List<String> prefixes, SafetensorsFile file) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> weights = new LinkedHashMap<>();
      for (String name : network.parameters().keySet()) {
        weights.put(name, file.tensor(foreign(name, prefixes)));
      }
      network.load(weights);
    }
  }

  /**
   * The largest absolute difference to the recorded weights after the last step; 0 where there are
   * none.
   */
  private static double finalDifference(Network network, List<String> prefixes, Path folder) {
    Path last = folder.resolve("final.safetensors");
    if (!Files.exists(last)) {
      return 0;
    }
    double largest = 0;
    try (SafetensorsFile file = SafetensorsFile.open(last);
        Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      for (Map.Entry<String, Tensor> weight : network.parameters().entrySet()) {
        Tensor recorded = file.tensor(foreign(weight.getKey(), prefixes));
        int rank = recorded.rank();
        int[] all = java.util.stream.IntStream.range(0, rank).toArray();
        largest = Math.max(largest, weight.getValue().sub(recorded).abs().amax(all).item());
      }
    }
    return largest;
  }

  private static String foreign(String name, List<String> prefixes) {
    int dot = name.indexOf('.');
    return prefixes.get(Integer.parseInt(name.substring(0, dot))) + name.substring(dot);
  }

  private static Sequential model(Path folder, JsonNode layers, List<String> prefixes) {
    List<LayerSpec> specs = new ArrayList<>();
    for (JsonNode layer : layers) {
      String kind = layer.propertyNames().iterator().next();
      switch (kind) {
        case "dense" -> {
          specs.add(new Dense(layer.path("dense").get(1).intValue(), Activation.LINEAR));
          prefixes.add(layer.path("weights").asString(""));
        }
        case "flatten" -> {
          specs.add(new Flatten());
          prefixes.add("");
        }
        case "relu", "sigmoid", "tanh", "softmax" -> {
          if (specs.isEmpty() || !(specs.getLast() instanceof Dense dense)) {
            throw new PipelineException("replay.layer", folder, layer);
          }
          specs.set(
              specs.size() - 1,
              new Dense(dense.units(), Activation.valueOf(kind.toUpperCase(Locale.ROOT))));
        }
        default -> throw new PipelineException("replay.layer", folder, layer);
      }
    }
    return new Sequential(specs);
  }

  private static Loss loss(Path folder, String name) {
    if (name.contains("sparse categorical cross entropy")) {
      return new SparseCategoricalCrossEntropy();
    }
    if (name.contains("squared error") || name.equals("mse")) {
      return new MeanSquaredError();
    }
    throw new PipelineException("replay.loss", folder, name);
  }

  private static OptimizerSpec optimizer(Path folder, JsonNode node) {
    double rate = node.path("rate").doubleValue();
    double decay = node.path("weight_decay").asDouble(node.path("decay").asDouble(0));
    String name = node.path("name").asString("");
    return switch (name) {
      case "adam", "adamw" ->
          new Adam(
              rate,
              node.path("beta1").asDouble(0.9),
              node.path("beta2").asDouble(0.999),
              node.path("eps").asDouble(1e-8),
              decay,
              name.equals("adamw"));
      case "sgd" ->
          new Sgd(
              rate,
              node.path("momentum").asDouble(0),
              node.path("nesterov").asBoolean(false),
              decay);
      default -> throw new PipelineException("replay.optimizer", folder, name);
    };
  }

  private static @Nullable Double difference(List<Double> losses, JsonNode expected) {
    if (!expected.isArray() || expected.size() < losses.size()) {
      return null;
    }
    double largest = 0;
    for (int i = 0; i < losses.size(); i++) {
      double wanted = expected.get(i).doubleValue();
      largest = Math.max(largest, Math.abs(losses.get(i) - wanted) / Math.abs(wanted));
    }
    return largest;
  }
}

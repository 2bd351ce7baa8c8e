package io.millrace.pipeline.replay;

import io.millrace.ground.json.Json;
import io.millrace.model.Network;
import io.millrace.model.layer.Layer;
import io.millrace.pipeline.PipelineException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Threads;
import io.millrace.tensor.safetensors.SafetensorsFile;
import io.millrace.train.Gradients;
import io.millrace.train.loss.Loss;
import io.millrace.train.loss.SparseCategoricalCrossEntropy;
import io.millrace.train.optimizer.Optimizer;
import io.millrace.train.optimizer.OptimizerSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Re-runs a training that was recorded elsewhere (weights, batches, settings in a folder) and gives
 * its losses: the check that training is the same mathematics as PyTorch's. The model is a PyTorch
 * {@code nn.Sequential}, or a Hugging Face folder with or without a LoRA adapter. Expected losses
 * are not needed.
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

  /**
   * Replays a folder.
   *
   * @param steps how many steps, 0 for all batches
   */
  public static Outcome run(Path folder, int steps) {
    JsonNode settings = Json.read(folder.resolve("parity.json"));
    if (settings.path("folder").isString() && settings.path("optimizer").isObject()) {
      return FolderReplay.run(folder, settings, steps);
    }
    if (!settings.path("layers").isArray() || !settings.path("optimizer").isObject()) {
      throw new PipelineException("replay.file", folder);
    }
    Replay replay = new Replay(folder, settings);
    try (SafetensorsFile initial = SafetensorsFile.open(folder.resolve("initial.safetensors"));
        SafetensorsFile batches = SafetensorsFile.open(folder.resolve("batches.safetensors"))) {
      int wanted = wanted(folder, batches, "x.", steps);
      Trained trained = replay.train(initial, batches, wanted);
      boolean whole = wanted == settings.path("losses").size();
      return new Outcome(
          trained.losses(),
          difference(trained.losses(), settings.path("losses")),
          whole ? trained.weightDifference() : null);
    }
  }

  private record Trained(List<Double> losses, double weightDifference) {}

  private final Path folder;
  private final JsonNode settings;
  private final RecordedModel model;

  private final Loss loss;
  private final OptimizerSpec optimizer;

  private Replay(Path folder, JsonNode settings) {
    this.folder = folder;
    this.settings = settings;
    this.model = RecordedModel.read(folder, settings.path("layers"));
    this.loss = Recorded.loss(folder, settings.path("loss").asString(""));
    this.optimizer = Recorded.optimizer(folder, settings.path("optimizer"));
  }

  private Trained train(SafetensorsFile initial, SafetensorsFile batches, int steps) {
    double clip = Recorded.clip(settings);
    List<Double> losses = new ArrayList<>();
    Shape x = batches.entry("x.0").shape();
    try (Mode mode = Mode.flushDenormals();
        Network network = model.sequential().build(x.row(), 0)) {
      load(network, initial);
      Threads.useForWork(6 * network.plan().operations() * x.size(0));
      Map<String, Tensor> parameters = network.parameters();
      try (Optimizer running = optimizer.over(parameters)) {
        for (int step = 0; step < steps; step++) {
          try (Scope scope = Scope.open()) {
            Tensor targets = batches.tensor("y." + step);
            Tensor wanted =
                loss instanceof SparseCategoricalCrossEntropy
                    ? targets.to(DType.INT64)
                    : targets.to(DType.FLOAT32);
            Tensor scores =
                network.scores(batches.tensor("x." + step).to(DType.FLOAT32), Layer.Pass.TRAINING);
            Tensor value = loss.of(scores, network.lastActivation(), wanted);
            losses.add(value.item());
            value.backward();
            if (clip > 0) {
              Gradients.clipNorm(List.copyOf(parameters.values()), clip);
            }
            running.step();
          }
        }
        return new Trained(losses, finalDifference(network));
      }
    }
  }

  private void load(Network network, SafetensorsFile file) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> weights = new LinkedHashMap<>();
      for (String name : network.state().keySet()) {
        weights.put(name, file.tensor(model.recorded(name)));
      }
      network.load(weights);
    }
  }

  /**
   * The largest absolute difference to the recorded weights after the last step; 0 where there are
   * none.
   */
  private double finalDifference(Network network) {
    Path last = folder.resolve("final.safetensors");
    if (!Files.exists(last)) {
      return 0;
    }
    double largest = 0;
    try (SafetensorsFile file = SafetensorsFile.open(last);
        Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      for (Map.Entry<String, Tensor> weight : network.parameters().entrySet()) {
        Tensor recorded = file.tensor(model.recorded(weight.getKey()));
        int rank = recorded.rank();
        int[] all = java.util.stream.IntStream.range(0, rank).toArray();
        largest = Math.max(largest, weight.getValue().sub(recorded).abs().amax(all).item());
      }
    }
    return largest;
  }

  /** How many steps: those asked for, or all that were recorded. */
  static int wanted(Path folder, SafetensorsFile batches, String prefix, int steps) {
    int available = 0;
    while (batches.names().contains(prefix + available)) {
      available++;
    }
    int wanted = steps == 0 ? available : steps;
    if (wanted > available || wanted < 1) {
      throw new PipelineException("replay.steps", folder, wanted, available);
    }
    return wanted;
  }

  /** The largest relative difference; absent where too little was recorded. */
  static @Nullable Double difference(List<Double> losses, JsonNode expected) {
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

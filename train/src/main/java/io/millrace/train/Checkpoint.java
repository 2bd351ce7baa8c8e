package io.millrace.train;

import io.millrace.ground.json.Json;
import io.millrace.model.Network;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.safetensors.SafetensorsFile;
import io.millrace.tensor.safetensors.SafetensorsWriter;
import io.millrace.train.optimizer.Optimizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All that continues a training: weights, optimizer state, random state, history, in one
 * safetensors file that replaces its predecessor atomically.
 */
public final class Checkpoint {
  private static final String MODEL = "model.";
  private static final String OPTIMIZER = "optimizer.";
  private static final String RANDOM = "random";
  private static final String HISTORY = "millrace.history";

  private Checkpoint() {}

  /** Saves the state after a finished epoch. */
  public static void write(Path file, Training training) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      training.network().parameters().forEach((name, tensor) -> tensors.put(MODEL + name, tensor));
      training.optimizer().state().forEach((name, tensor) -> tensors.put(OPTIMIZER + name, tensor));
      byte[] random = RandomState.capture();
      tensors.put(RANDOM, Tensors.of(random, random.length));
      SafetensorsWriter.write(file, tensors, Map.of(HISTORY, Json.text(training.history())));
    }
  }

  /**
   * Restores weights, optimizer and random state.
   *
   * @return the finished epochs; training continues with the next
   * @throws io.millrace.ground.message.Problem if the file is broken or belongs to another network
   */
  public static History restore(Path file, Network network, Optimizer optimizer) {
    try (Scope scope = Scope.open();
        SafetensorsFile saved = SafetensorsFile.open(file)) {
      String history = saved.metadata().get(HISTORY);
      if (history == null) {
        throw new TrainException("checkpoint.foreign", file);
      }
      network.load(named(saved, MODEL));
      optimizer.restore(named(saved, OPTIMIZER));
      RandomState.restore(saved.tensor(RANDOM).toBytes());
      return Json.read(history, History.class, file.toString());
    }
  }

  private static Map<String, Tensor> named(SafetensorsFile file, String prefix) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (String name : file.names()) {
      if (name.startsWith(prefix)) {
        tensors.put(name.substring(prefix.length()), file.tensor(name));
      }
    }
    return tensors;
  }
}

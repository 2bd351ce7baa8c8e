package io.millrace.train;

import io.millrace.ground.json.Json;
import io.millrace.ground.spec.Differences;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.safetensors.SafetensorsFile;
import io.millrace.tensor.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that continues a training where it stood, also in the middle of an epoch: weights, optimizer,
 * random state, running means, metrics, listeners, history, in one safetensors file that replaces
 * its predecessor atomically.
 */
public final class Checkpoint {
  private static final String MODEL = "model.";
  private static final String OPTIMIZER = "optimizer.";
  private static final String AVERAGE = "average.";
  private static final String LISTENER = "listener.";
  private static final String METRIC = "metric.";
  private static final String RANDOM = "random";
  private static final String WATCH = "watch";
  private static final String PLACE = "place";
  private static final String HISTORY = "millrace.history";
  private static final String SETTINGS = "millrace.settings";

  /** The numbers of {@link #PLACE}. */
  private static final int PLACES = 6;

  private Checkpoint() {}

  /** Settings as JSON. */
  private record Settings(Map<String, String> values) {}

  /** Saves the state after a finished step. */
  public static void write(Path file, Training training) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      training.trained().state().forEach((name, tensor) -> tensors.put(MODEL + name, tensor));
      training.optimizer().state().forEach((name, tensor) -> tensors.put(OPTIMIZER + name, tensor));
      training.listeners().state().forEach((name, tensor) -> tensors.put(LISTENER + name, tensor));
      RunningAverage average = training.average;
      if (average != null) {
        average.mean().forEach((name, tensor) -> tensors.put(AVERAGE + name, tensor));
      }
      for (int i = 0; i < training.counts.size(); i++) {
        double[] counted = training.counts.get(i).state();
        tensors.put(METRIC + i, Tensors.of(counted, counted.length));
      }
      if (training.watch != null) {
        double[] watched = training.watch.state();
        tensors.put(WATCH, Tensors.of(watched, watched.length));
      }
      byte[] random = RandomState.capture();
      tensors.put(RANDOM, Tensors.of(random, random.length));
      double[] place = {
        training.epoch,
        training.step,
        training.sum,
        training.weight,
        training.isStopping() ? 1 : 0,
        average == null ? 0 : average.taken()
      };
      tensors.put(PLACE, Tensors.of(place, PLACES));
      SafetensorsWriter.write(
          file,
          tensors,
          Map.of(
              HISTORY,
              Json.text(training.history()),
              SETTINGS,
              Json.text(new Settings(training.settings()))));
    }
  }

  /**
   * Restores a training.
   *
   * @throws io.millrace.ground.message.Problem if the file is broken, or was made with other
   *     settings; the message lists the differences
   */
  static void restore(Path file, Training training) {
    try (Scope scope = Scope.open();
        SafetensorsFile saved = SafetensorsFile.open(file)) {
      String history = saved.metadata().get(HISTORY);
      String settings = saved.metadata().get(SETTINGS);
      if (history == null || settings == null) {
        throw new TrainException("checkpoint.foreign", file);
      }
      compare(file, Json.read(settings, Settings.class, file.toString()).values(), training);
      training.trained().load(named(saved, MODEL));
      training.optimizer().restore(named(saved, OPTIMIZER));
      training.listeners().restore(named(saved, LISTENER));
      double[] place = saved.tensor(PLACE).toDoubles();
      RunningAverage average = training.average;
      if (average != null) {
        average.restore(named(saved, AVERAGE), (long) place[5]);
      }
      if (training.watch != null) {
        training.watch.restore(saved.tensor(WATCH).toDoubles());
      }
      for (int i = 0; i < training.counts.size(); i++) {
        training.counts.get(i).restore(saved.tensor(METRIC + i).toDoubles());
      }
      training.epoch = (int) place[0];
      training.step = (int) place[1];
      training.sum = place[2];
      training.weight = place[3];
      training.restore(Json.read(history, History.class, file.toString()), place[4] == 1);
      RandomState.restore(saved.tensor(RANDOM).toBytes());
    }
  }

  /** Refuses a checkpoint of another training. */
  private static void compare(Path file, Map<String, String> saved, Training training) {
    List<String> differences = Differences.between(saved, training.settings());
    if (!differences.isEmpty()) {
      throw new TrainException("checkpoint.other", file, String.join("; ", differences));
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

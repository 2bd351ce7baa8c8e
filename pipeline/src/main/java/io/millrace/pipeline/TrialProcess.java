package io.millrace.pipeline;

import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import io.millrace.pipeline.spec.RunSpec;
import io.millrace.train.Direction;
import io.millrace.train.History;
import io.millrace.train.TrainException;
import io.millrace.train.TrainingResult;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * One trial of a search in a process of its own, because libtorch's random numbers belong to the
 * whole process. Arguments: the spec, the folder of its paths, the file for the answer, settings.
 */
public final class TrialProcess {
  private static final String PROBLEM = "problem";
  private static final String DIVERGED = "diverged";

  private TrialProcess() {}

  /** Runs a trial here and now; called by {@link #run} in the new process. */
  public static void main(String[] arguments) {
    List<String> settings = Arrays.asList(arguments).subList(3, arguments.length);
    Map<String, Object> answer = new LinkedHashMap<>();
    try {
      RunSpec spec = RunSpec.read(Path.of(arguments[0]), settings);
      answer.putAll(train(spec, Path.of(arguments[1])));
    } catch (TrainException e) {
      answer.put(e.key().startsWith("nan.") ? DIVERGED : PROBLEM, e.getMessage());
    } catch (Problem e) {
      answer.put(PROBLEM, e.getMessage());
    }
    Json.write(Path.of(arguments[2]), answer);
  }

  /** The best value of every metric over the epochs. */
  private static Map<String, Double> train(RunSpec spec, Path base) {
    Loaded.Prepared prepared = Loaded.read(spec, base).prepare(spec.prepare());
    var data =
        spec.data().scaleTarget()
            ? TargetScale.of(prepared.train()).apply(prepared.train())
            : prepared.train();
    try (TrainingResult trained =
        TrainJob.trainer(spec.model().model(), spec.train(), spec.seed(), data, base).fit(data)) {
      Map<String, Double> best = new LinkedHashMap<>();
      for (History.Epoch epoch : trained.history().epochs()) {
        epoch
            .values()
            .forEach(
                (name, value) ->
                    best.merge(name, value, Direction.isFalling(name) ? Math::min : Math::max));
      }
      return best;
    }
  }

  /**
   * Starts a process for a trial and waits for it.
   *
   * @param threads that the engine may use, so that trials do not fight for cores
   * @return the best value of every metric; NaN for all where training diverged
   */
  static Map<String, Double> run(Path spec, Path base, List<String> settings, int threads) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (!argument.contains("SharedArchive") && !argument.startsWith("-agentlib")) {
        command.add(argument);
      }
    }
    command.add("-Dmillrace.threads=" + threads);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(TrialProcess.class.getName(), spec.toString(), base.toString()));
    try {
      Path answer = Files.createTempFile("millrace-trial", ".json");
      Files.delete(answer);
      command.add(answer.toString());
      command.addAll(settings);
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      int exit = process.waitFor();
      if (exit != 0 || !Files.exists(answer)) {
        throw new PipelineException("search.ended", String.join(" ", settings), exit);
      }
      JsonNode said = Json.read(answer);
      Files.delete(answer);
      return values(said, settings);
    } catch (IOException e) {
      throw new PipelineException(
          "search.ended", String.join(" ", settings), String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PipelineException("search.interrupted");
    }
  }

  private static Map<String, Double> values(JsonNode answer, List<String> settings) {
    if (answer.has(PROBLEM)) {
      throw new PipelineException(
          "search.problem", String.join(" ", settings), answer.path(PROBLEM).asString());
    }
    Map<String, Double> values = new LinkedHashMap<>();
    if (answer.has(DIVERGED)) {
      for (String name : List.of("loss", "val_loss", "accuracy", "val_accuracy")) {
        values.put(name, Double.NaN);
      }
      return values;
    }
    answer.properties().forEach(e -> values.put(e.getKey(), e.getValue().doubleValue()));
    return values;
  }
}

package io.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/**
 * What a run came to.
 *
 * @param run its id: the hash of spec, data and code version, shortened
 * @param stages each stage, {@code ran} or {@code cached}
 * @param metrics measured on held-out rows
 * @param packageFolder the model package
 * @param report the HTML report
 * @param seconds from start to end
 * @param settings what a search found best, as {@code --set} takes it; empty without one
 */
public record RunResult(
    String run,
    Map<String, String> stages,
    Map<String, Double> metrics,
    @JsonProperty("package") String packageFolder,
    String report,
    double seconds,
    List<String> settings) {
  /** A result without a search. */
  public RunResult(
      String run,
      Map<String, String> stages,
      Map<String, Double> metrics,
      String packageFolder,
      String report,
      double seconds) {
    this(run, stages, metrics, packageFolder, report, seconds, List.of());
  }

  RunResult withSettings(List<String> found) {
    return new RunResult(run, stages, metrics, packageFolder, report, seconds, found);
  }
}

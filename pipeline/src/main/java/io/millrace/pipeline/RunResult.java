package io.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;
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
 */
public record RunResult(
    String run,
    Map<String, String> stages,
    Map<String, Double> metrics,
    @JsonProperty("package") String packageFolder,
    String report,
    double seconds) {}

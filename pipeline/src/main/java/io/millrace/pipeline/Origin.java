package io.millrace.pipeline;

import io.millrace.model.Provenance;
import io.millrace.tensor.Engine;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** Says where a model comes from: made now, by this build on this machine. */
public final class Origin {
  private Origin() {}

  /**
   * A provenance.
   *
   * @param data hashes by part
   * @param metrics what was measured
   */
  public static Provenance of(
      Map<String, String> data,
      Map<String, Long> seeds,
      Map<String, Object> parameters,
      Map<String, Double> metrics) {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("millrace", Version.TEXT);
    versions.put("engine", Engine.description());
    versions.put("java", Runtime.version().toString());
    versions.put("platform", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    return new Provenance(
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        data,
        seeds,
        versions,
        parameters,
        metrics);
  }
}

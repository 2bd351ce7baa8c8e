package io.millrace.cli;

import io.millrace.pipeline.RunResult;
import java.util.Locale;
import java.util.Map;

/** A run's outcome as a person reads it in a terminal. */
final class RunReport {
  private RunReport() {}

  static String of(RunResult result) {
    StringBuilder out = new StringBuilder();
    StringBuilder metrics = new StringBuilder();
    for (Map.Entry<String, Double> metric : result.metrics().entrySet()) {
      metrics.append(metrics.isEmpty() ? "" : "  ").append(metric.getKey()).append(' ');
      metrics.append(String.format(Locale.ROOT, "%.4f", metric.getValue()));
    }
    line(out, "label.heldout", metrics.toString());
    if (!result.settings().isEmpty()) {
      line(out, "label.best", String.join("  ", result.settings()));
    }
    line(out, "label.model", result.packageFolder());
    line(out, "label.report", result.report());
    boolean cached = result.stages().containsValue("cached");
    line(
        out,
        "label.time",
        String.format(Locale.ROOT, "%.1f s", result.seconds()) + (cached ? Text.of("cached") : ""));
    return out.toString().stripTrailing();
  }

  private static void line(StringBuilder out, String key, String value) {
    String label = Text.of(key);
    int width = label.codePoints().map(c -> c > 0x2e80 ? 2 : 1).sum();
    out.append(label).append(" ".repeat(Math.max(1, 12 - width))).append(value).append('\n');
  }
}

package io.millrace.server;

import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.ServeException;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What language models do, in Prometheus' text format, under vLLM's names for it. */
final class Metrics {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private Metrics() {}

  static String text(List<LanguageDeployment> models) {
    StringBuilder out = new StringBuilder();
    for (LanguageDeployment model : models) {
      String label = "model_name=\"" + model.name() + "\"";
      try {
        write(out, label, model.state(PATIENCE));
        line(out, "millrace:model_up", label, 1);
      } catch (ServeException e) {
        line(out, "millrace:model_up", label, 0);
      }
    }
    return out.toString();
  }

  private static void write(StringBuilder out, String label, JsonNode state) {
    line(out, "millrace:num_requests_running", label, state.path("running").asDouble());
    line(out, "millrace:num_requests_waiting", label, state.path("waiting").asDouble());
    line(out, "millrace:kv_cache_usage_perc", label, state.path("cacheUse").asDouble());
    line(out, "millrace:prompt_tokens_total", label, state.path("promptTokens").asDouble());
    line(out, "millrace:prefix_cache_hits_total", label, state.path("sharedTokens").asDouble());
    line(out, "millrace:generation_tokens_total", label, state.path("writtenTokens").asDouble());
    line(
        out,
        "millrace:spec_decode_num_draft_tokens_total",
        label,
        state.path("guessedTokens").asDouble());
    line(
        out,
        "millrace:spec_decode_num_accepted_tokens_total",
        label,
        state.path("rightGuesses").asDouble());
    state
        .path("finished")
        .properties()
        .forEach(
            entry ->
                line(
                    out,
                    "millrace:request_success_total",
                    label
                        + ",finished_reason=\""
                        + entry.getKey().toLowerCase(java.util.Locale.ROOT)
                        + "\"",
                    entry.getValue().asDouble()));
    histogram(out, "millrace:time_to_first_token_seconds", label, state.path("firstToken"));
    histogram(out, "millrace:inter_token_latency_seconds", label, state.path("betweenTokens"));
  }

  private static void histogram(StringBuilder out, String name, String label, JsonNode values) {
    double count = 0;
    JsonNode bounds = values.path("bounds");
    for (int i = 0; i < values.path("counts").size(); i++) {
      count += values.path("counts").get(i).asDouble();
      String bound = i < bounds.size() ? bounds.get(i).toString() : "+Inf";
      line(out, name + "_bucket", label + ",le=\"" + bound + "\"", count);
    }
    line(out, name + "_sum", label, values.path("sum").asDouble());
    line(out, name + "_count", label, count);
  }

  private static void line(StringBuilder out, String name, String label, double value) {
    out.append(name).append('{').append(label).append("} ");
    out.append(
        value == Math.rint(value) && Math.abs(value) < 1e15
            ? Long.toString((long) value)
            : Double.toString(value));
    out.append('\n');
  }
}

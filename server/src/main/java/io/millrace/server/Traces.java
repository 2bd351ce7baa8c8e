package io.millrace.server;

import io.javalin.http.Context;
import io.millrace.ground.json.Json;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where the time of the latest requests to language models went: waiting, reading the prompt,
 * writing. A request is named by its W3C {@code traceparent} or {@code X-Request-Id}, else by a
 * name of its own, which the answer's {@code X-Request-Id} tells.
 */
final class Traces {
  private static final int KEPT = 500;
  private static final Pattern PARENT =
      Pattern.compile("00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  private final Deque<ObjectNode> latest = new ArrayDeque<>();

  /** A request on its way. */
  final class Trace {
    private final ObjectNode told = Json.object();
    private final long begun = System.nanoTime();

    private Trace(String id, String route, String model) {
      told.put("id", id).put("time", Instant.now().toString());
      told.put("route", route).put("model", model);
    }

    /** The answer is sent. */
    void done(OpenAiEvents.Done done) {
      JsonNode usage = done.usage();
      for (String key : new String[] {"prompt_tokens", "completion_tokens"}) {
        told.set(key, usage.path(key));
      }
      if (done.spans().isObject()) {
        told.set("spans_ms", done.spans());
      }
      end("ok");
    }

    /** It failed, or the client has gone. */
    void failed(String why) {
      end(why);
    }

    private void end(String outcome) {
      told.put("outcome", outcome);
      told.put("total_ms", (System.nanoTime() - begun) / 1_000_000.0);
      synchronized (latest) {
        latest.addFirst(told);
        if (latest.size() > KEPT) {
          latest.removeLast();
        }
      }
    }
  }

  /** Begins to follow a request and tells the client its name. */
  Trace begin(Context ctx, String model) {
    String parent = ctx.header("traceparent");
    Matcher trace = PARENT.matcher(parent == null ? "" : parent);
    String given = ctx.header("X-Request-Id");
    String id =
        trace.matches()
            ? trace.group(1)
            : given != null && NAME.matcher(given).matches()
                ? given
                : UUID.randomUUID().toString().replace("-", "");
    ctx.header("X-Request-Id", id);
    return new Trace(id, ctx.path(), model);
  }

  /** {@code GET /api/v1/traces}, with {@code ?id=} those of one name; the latest first. */
  void list(Context ctx) {
    String id = ctx.queryParam("id");
    ObjectNode answer = Json.object();
    ArrayNode all = answer.putArray("traces");
    synchronized (latest) {
      for (ObjectNode one : latest) {
        if (id == null || id.equals(one.path("id").asString())) {
          all.add(one);
        }
      }
    }
    ctx.contentType("application/json").result(Json.text(answer));
  }
}

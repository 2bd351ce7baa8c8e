package io.millrace.server;

import io.javalin.http.Context;
import io.millrace.ground.json.Json;
import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.ServeException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * OpenAI's door: {@code /v1/chat/completions}, {@code /v1/completions}, {@code /v1/models}. Runs on
 * virtual threads, which may wait for a model or a slow reader.
 */
final class OpenAi {
  /** How long a stream says nothing before it asks whether somebody still listens. */
  private static final long PATIENCE_MS = 1000;

  private final Models models;

  OpenAi(Models models) {
    this.models = models;
  }

  void list(Context ctx) {
    List<Map<String, Object>> data = models.languages().stream().map(OpenAi::described).toList();
    json(ctx, Map.of("object", "list", "data", data));
  }

  void describe(Context ctx) {
    json(ctx, described(models.language(ctx.pathParam("model"))));
  }

  private static Map<String, Object> described(LanguageDeployment model) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("id", model.name());
    one.put("object", "model");
    one.put("created", model.created());
    one.put("owned_by", "millrace");
    return one;
  }

  void chat(Context ctx) throws IOException, InterruptedException {
    OpenAiRequest request = OpenAiRequest.chat(Body.read(ctx));
    answer(ctx, request, new ChatAnswer("chatcmpl-" + id(), request));
  }

  void completion(Context ctx) throws IOException, InterruptedException {
    OpenAiRequest request = OpenAiRequest.completion(Body.read(ctx));
    answer(ctx, request, new TextAnswer("cmpl-" + id(), request));
  }

  private static String id() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  private void answer(Context ctx, OpenAiRequest request, OpenAiAnswer form)
      throws IOException, InterruptedException {
    LanguageDeployment model = models.language(request.model());
    try (OpenAiEvents events = OpenAiEvents.of(model, request)) {
      if (request.stream()) {
        stream(ctx, request, form, events);
      } else {
        OpenAiEvents.Event event;
        while (!((event = events.take()) instanceof OpenAiEvents.Done)) {
          if (event instanceof OpenAiEvents.Failed failed) {
            throw failed.problem();
          }
          if (event instanceof OpenAiEvents.Piece piece) {
            form.add(piece);
          }
        }
        json(ctx, form.whole(((OpenAiEvents.Done) event).usage()));
      }
    }
  }

  private static void stream(
      Context ctx, OpenAiRequest request, OpenAiAnswer form, OpenAiEvents events)
      throws IOException, InterruptedException {
    OpenAiEvents.@Nullable Event event = events.poll(PATIENCE_MS, TimeUnit.MILLISECONDS);
    if (event instanceof OpenAiEvents.Failed failed) {
      throw failed.problem(); // nothing was sent yet: the status can still say it
    }
    ctx.contentType("text/event-stream; charset=utf-8").header("Cache-Control", "no-cache");
    OutputStream out = ctx.res().getOutputStream();
    form.begin(chunk -> send(out, chunk));
    while (true) {
      switch (event) {
        case null -> send(out, ": \n\n");
        case OpenAiEvents.Piece piece -> form.chunk(piece, chunk -> send(out, chunk));
        case OpenAiEvents.Failed failed -> {
          send(out, Json.object().set("error", error(failed.problem())));
          return;
        }
        case OpenAiEvents.Done done -> {
          if (request.usage()) {
            send(out, form.usage(done.usage()));
          }
          send(out, "data: [DONE]\n\n");
          return;
        }
      }
      event = events.poll(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }
  }

  private static JsonNode error(ServeException problem) {
    return OpenAiError.of(problem.isTemporary() ? 503 : 400, problem.getMessage(), problem.key());
  }

  private static void send(OutputStream out, JsonNode chunk) throws IOException {
    send(out, "data: " + Json.text(chunk) + "\n\n");
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static void json(Context ctx, Object value) {
    ctx.contentType("application/json").result(Json.text(value));
  }
}

package io.millrace.server;

import io.javalin.http.Context;
import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.ServeException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * OpenAI's door: {@code /v1/chat/completions}, {@code /v1/completions}, {@code /v1/responses},
 * {@code /v1/models}. Runs on virtual threads, which may wait for a model or a slow reader.
 */
final class OpenAi {
  /** How long a stream says nothing before it asks whether somebody still listens. */
  private static final long PATIENCE_MS = 1000;

  private final Models models;
  private final Traces traces = new Traces();

  OpenAi(Models models) {
    this.models = models;
  }

  void list(Context ctx) {
    List<Map<String, Object>> data = new ArrayList<>();
    models.languages().forEach(model -> data.add(described(model.name(), model)));
    models.adapters().keySet().forEach(name -> data.add(described(name, models.language(name))));
    models.aliases().forEach((alias, name) -> data.add(described(alias, models.language(name))));
    json(ctx, Map.of("object", "list", "data", data));
  }

  void describe(Context ctx) {
    String name = ctx.pathParam("model");
    json(ctx, described(name, models.language(name)));
  }

  private Map<String, Object> described(String name, LanguageDeployment model) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("id", name);
    one.put("object", "model");
    one.put("created", model.created());
    one.put("owned_by", "millrace");
    one.put("root", model.name());
    if (models.adapter(name) != null) {
      one.put("parent", model.name());
    }
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

  void response(Context ctx) throws IOException, InterruptedException {
    ResponsesRequest asked = ResponsesRequest.read(Body.read(ctx));
    OpenAiRequest request = asked.request();
    answer(ctx, request, new ResponsesAnswer("resp_" + id(), request, asked.body()));
  }

  private static String id() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  private void answer(Context ctx, OpenAiRequest request, OpenAiAnswer form)
      throws InterruptedException {
    Traces.Trace trace = traces.begin(ctx, request.model());
    try (OpenAiEvents events = OpenAiEvents.of(models, request)) {
      OpenAiEvents.Done done;
      if (request.stream()) {
        done = stream(ctx, form, events);
      } else {
        done = events.all(ctx, form::add);
        json(ctx, form.whole(done.usage()));
      }
      trace.done(done);
    } catch (Sent e) {
      trace.failed(e.problem.key());
    } catch (IOException e) {
      trace.failed("worker.gone"); // nobody is there to be told
    } catch (RuntimeException e) {
      trace.failed(e instanceof Problem problem ? problem.key() : "bug");
      throw e;
    }
  }

  private static OpenAiEvents.Done stream(Context ctx, OpenAiAnswer form, OpenAiEvents events)
      throws IOException, InterruptedException {
    OpenAiEvents.@Nullable Event event = events.poll(PATIENCE_MS, TimeUnit.MILLISECONDS);
    if (event instanceof OpenAiEvents.Failed failed) {
      throw failed.problem(); // nothing was sent yet: the status can still say it
    }
    ctx.contentType("text/event-stream; charset=utf-8").header("Cache-Control", "no-cache");
    OutputStream out = ctx.res().getOutputStream();
    OpenAiAnswer.Out client = new Client(out, form.namesEvents());
    form.begin(client);
    while (true) {
      switch (event) {
        case null -> send(out, ": \n\n");
        case OpenAiEvents.Piece piece -> form.chunk(piece, client);
        case OpenAiEvents.Failed failed -> {
          client.send(form.failed(error(failed.problem())));
          throw new Sent(failed.problem());
        }
        case OpenAiEvents.Done done -> {
          form.end(done.usage(), client);
          return done;
        }
      }
      event = events.poll(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }
  }

  /** A problem that a stream has told its client already. */
  private static final class Sent extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient ServeException problem;

    Sent(ServeException problem) {
      super(problem);
      this.problem = problem;
    }
  }

  /** The latest requests. */
  Traces traces() {
    return traces;
  }

  private static JsonNode error(ServeException problem) {
    return OpenAiError.of(problem.isTemporary() ? 503 : 400, problem.getMessage(), problem.key());
  }

  /**
   * Server-sent events.
   *
   * @param named whether each event says its type before its data
   */
  private record Client(OutputStream out, boolean named) implements OpenAiAnswer.Out {
    @Override
    public void send(JsonNode chunk) throws IOException {
      String name = named ? "event: " + chunk.path("type").asString("error") + "\n" : "";
      OpenAi.send(out, name + "data: " + Json.text(chunk) + "\n\n");
    }

    @Override
    public void done() throws IOException {
      OpenAi.send(out, "data: [DONE]\n\n");
    }
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static void json(Context ctx, Object value) {
    ctx.contentType("application/json").result(Json.text(value));
  }
}

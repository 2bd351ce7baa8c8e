package io.millrace.server;

import io.javalin.http.Context;
import io.millrace.ground.json.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What models say of texts: {@code /v1/classify} as vLLM answers it, and {@code /v1/rerank} as
 * Cohere, Jina and vLLM do.
 */
final class Judgements {
  private static final int MOST = 2048;

  private final Models models;

  Judgements(Models models) {
    this.models = models;
  }

  /** Texts' classes, names or answers; {@code pair} is a second text for all of them. */
  void classify(Context ctx) throws InterruptedException {
    JsonNode body = OpenAiRequest.body(Body.read(ctx), Set.of("model", "input", "pair"));
    ObjectNode request = Json.object().put("judge", "say");
    texts(request, "input", body.path("input"));
    if (body.hasNonNull("pair")) {
      request.put("pair", text("pair", body.path("pair")));
    }
    ObjectNode answer = Json.object().put("object", "list");
    answer.put("model", body.path("model").asString());
    ArrayNode data = answer.putArray("data");
    JsonNode usage =
        ask(
            ctx,
            body,
            request,
            piece -> {
              ObjectNode one = data.addObject().put("index", piece.index());
              JsonNode said = piece.found();
              if (said.has("probabilities")) {
                one.set("label", said.path("label"));
                ArrayNode shares = one.putArray("probs");
                said.path("probabilities").forEach(shares::add);
                one.put("num_classes", shares.size());
              }
              one.setAll((ObjectNode) said);
            });
    answer.set("usage", usage);
    ctx.contentType("application/json").result(Json.text(answer));
  }

  /** How well documents fit a query, the best first. */
  void rerank(Context ctx) throws InterruptedException {
    Set<String> known = Set.of("model", "query", "documents", "top_n", "return_documents");
    JsonNode body = OpenAiRequest.body(Body.read(ctx), known);
    ObjectNode request = Json.object().put("judge", "score");
    request.put("pair", text("query", body.path("query")));
    texts(request, "documents", body.path("documents"));
    JsonNode documents = request.path("texts");
    int most = OpenAiRequest.whole(body, "top_n", documents.size(), 1, MOST);
    boolean told = !body.has("return_documents") || OpenAiRequest.flag(body, "return_documents");
    List<Map.Entry<Integer, Double>> scores = new ArrayList<>();
    JsonNode usage =
        ask(
            ctx,
            body,
            request,
            piece -> scores.add(Map.entry(piece.index(), piece.found().asDouble())));
    scores.sort(Comparator.comparingDouble(entry -> -entry.getValue()));
    ObjectNode answer = Json.object().put("model", body.path("model").asString());
    ArrayNode results = answer.putArray("results");
    for (Map.Entry<Integer, Double> score : scores.subList(0, Math.min(most, scores.size()))) {
      ObjectNode one = results.addObject().put("index", score.getKey());
      one.put("relevance_score", score.getValue());
      if (told) {
        one.putObject("document").set("text", documents.get(score.getKey()));
      }
    }
    answer.set("usage", usage);
    ctx.contentType("application/json").result(Json.text(answer));
  }

  private JsonNode ask(
      Context ctx,
      JsonNode body,
      ObjectNode request,
      java.util.function.Consumer<OpenAiEvents.Piece> each)
      throws InterruptedException {
    String name = body.path("model").asString();
    try (OpenAiEvents events = OpenAiEvents.of(models, name, request)) {
      return events.all(ctx, each).usage();
    }
  }

  private static void texts(ObjectNode request, String key, JsonNode input) {
    ArrayNode texts = request.putArray("texts");
    if (input.isString()) {
      texts.add(input);
      return;
    }
    if (!input.isArray() || input.isEmpty() || input.size() > MOST) {
      throw OpenAiRequest.wrong(key, input, "a text or up to 2048 of them");
    }
    for (JsonNode one : input) {
      texts.add(text(key, one.isObject() ? one.path("text") : one));
    }
  }

  private static String text(String key, JsonNode value) {
    if (!value.isString()) {
      throw OpenAiRequest.wrong(key, value, "a text");
    }
    return value.asString();
  }
}

package io.millrace.server;

import io.javalin.http.Context;
import io.millrace.ground.json.Json;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI's {@code /v1/embeddings}; vectors as numbers or, as its clients ask, in base64. */
final class Embeddings {
  private static final Set<String> KEYS = Set.of("model", "input", "encoding_format");
  private static final int MOST = 2048;

  private final Models models;

  Embeddings(Models models) {
    this.models = models;
  }

  void answer(Context ctx) throws InterruptedException {
    JsonNode body = OpenAiRequest.body(Body.read(ctx), KEYS);
    String format = body.path("encoding_format").asString("float");
    if (!format.equals("float") && !format.equals("base64")) {
      throw OpenAiRequest.wrong("encoding_format", body.path("encoding_format"), "float or base64");
    }
    String name = body.path("model").asString();
    ObjectNode answer = Json.object();
    answer.put("object", "list");
    ArrayNode data = answer.putArray("data");
    answer.put("model", name);
    try (OpenAiEvents events = OpenAiEvents.of(models, name, request(body.path("input")))) {
      OpenAiEvents.Done done =
          events.all(
              ctx,
              piece -> {
                ObjectNode one = data.addObject();
                one.put("object", "embedding");
                one.put("index", piece.index());
                JsonNode vector = piece.found();
                one.set("embedding", format.equals("float") ? vector : packed(vector));
              });
      ObjectNode usage = answer.putObject("usage");
      JsonNode told = done.usage();
      usage.set("prompt_tokens", told.path("prompt_tokens"));
      usage.set("total_tokens", told.path("total_tokens"));
    }
    ctx.contentType("application/json").result(Json.text(answer));
  }

  private static ObjectNode request(JsonNode input) {
    ObjectNode request = Json.object();
    if (input.isString()) {
      request.putArray("texts").add(input);
    } else if (OpenAiRequest.isIds(input)) {
      request.putArray("ids").add(input);
    } else if (input.isArray() && !input.isEmpty() && input.size() <= MOST) {
      boolean texts = input.get(0).isString();
      ArrayNode all = request.putArray(texts ? "texts" : "ids");
      for (JsonNode one : input) {
        if (texts ? !one.isString() : !OpenAiRequest.isIds(one)) {
          throw OpenAiRequest.wrong("input", one, "all texts, or all lists of token ids");
        }
        all.add(one);
      }
    } else {
      throw OpenAiRequest.wrong("input", input, "a text or up to 2048 of them");
    }
    return request;
  }

  /** Float32, little-endian, as NumPy reads it. */
  private static JsonNode packed(JsonNode vector) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * vector.size()).order(ByteOrder.LITTLE_ENDIAN);
    vector.forEach(value -> bytes.putFloat(value.floatValue()));
    return Json.mapper()
        .getNodeFactory()
        .stringNode(Base64.getEncoder().encodeToString(bytes.array()));
  }
}

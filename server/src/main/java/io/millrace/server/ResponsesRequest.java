package io.millrace.server;

import io.millrace.ground.json.Json;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request of {@code /v1/responses}. Nothing is stored, so every request brings its whole
 * conversation: {@code previous_response_id} is refused.
 *
 * @param body as it came, which the answer repeats in part
 */
record ResponsesRequest(OpenAiRequest request, JsonNode body) {
  private static final Set<String> KNOWN =
      Set.of(
          "model",
          "input",
          "instructions",
          "max_output_tokens",
          "temperature",
          "top_p",
          "stream",
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "text",
          "truncation",
          "include",
          "reasoning",
          "seed",
          "top_k",
          "min_p",
          "ignore_eos",
          "priority");

  /** Reads a request. */
  static ResponsesRequest read(byte[] bytes) {
    JsonNode body = OpenAiRequest.body(bytes, KNOWN);
    ObjectNode request = OpenAiRequest.settings(body);
    request.set("messages", Messages.read(messages(body)));
    if (body.path("truncation").asString("disabled").equals("auto")) {
      throw OpenAiRequest.wrong("truncation", body.path("truncation"), "disabled");
    }
    JsonNode format = body.path("text").path("format");
    if (format.isObject()) {
      String type = format.path("type").asString("");
      AskedForm.format(request, "text.format", type, format.path("schema"), format.path("type"));
    }
    AskedForm.tools(request, tools(body.path("tools")), body.path("tool_choice"));
    OpenAiRequest asked =
        new OpenAiRequest(
            body.path("model").asString(),
            List.of(request),
            1,
            OpenAiRequest.flag(body, "stream"),
            true,
            false);
    return new ResponsesRequest(asked, body);
  }

  private static ArrayNode messages(JsonNode body) {
    ArrayNode messages = Json.mapper().createArrayNode();
    if (body.path("instructions").isString()) {
      message(messages, "system").set("content", body.path("instructions"));
    }
    JsonNode input = body.path("input");
    if (input.isString()) {
      message(messages, "user").set("content", input);
      return messages;
    }
    if (!input.isArray() || input.isEmpty()) {
      throw OpenAiRequest.wrong("input", input, "a text or a list of items");
    }
    for (JsonNode item : input) {
      item(messages, item);
    }
    return messages;
  }

  private static void item(ArrayNode messages, JsonNode item) {
    String place = "input[" + messages.size() + "]";
    switch (item.path("type").asString("message")) {
      case "message" -> {
        if (!item.path("role").isString()) {
          throw OpenAiRequest.wrong(place + ".role", item, "an object with a role");
        }
        message(messages, item.path("role").asString()).set("content", item.path("content"));
      }
      case "function_call" -> {
        JsonNode last = messages.isEmpty() ? item : messages.get(messages.size() - 1);
        ObjectNode message =
            last.path("role").asString("").equals("assistant")
                ? (ObjectNode) last
                : message(messages, "assistant").put("content", "");
        ArrayNode calls = (ArrayNode) message.withArray("tool_calls");
        ObjectNode call = calls.addObject().put("type", "function");
        call.set("id", item.path("call_id"));
        ObjectNode function = call.putObject("function");
        function.set("name", item.path("name"));
        function.set("arguments", item.path("arguments"));
      }
      case "function_call_output" -> {
        ObjectNode message = message(messages, "tool");
        message.set("tool_call_id", item.path("call_id"));
        message.set("content", item.path("output"));
      }
      default ->
          throw OpenAiRequest.wrong(
              place + ".type", item.path("type"), "message, function_call, function_call_output");
    }
  }

  private static ObjectNode message(ArrayNode messages, String role) {
    return messages.addObject().put("role", role);
  }

  /** The flat form of functions as the nested one. */
  private static JsonNode tools(JsonNode flat) {
    if (!flat.isArray()) {
      return flat;
    }
    ArrayNode tools = Json.mapper().createArrayNode();
    for (JsonNode tool : flat) {
      ObjectNode function = tool.isObject() ? ((ObjectNode) tool).deepCopy() : Json.object();
      JsonNode type = function.path("type");
      function.remove(List.of("type", "strict"));
      ObjectNode nested = tools.addObject();
      nested.set("type", type);
      nested.set("function", function);
    }
    return tools;
  }
}

package io.millrace.server;

import io.millrace.ground.json.Json;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a request says of its answers' form and of functions, turned into the engine's words. */
final class AskedForm {
  /** vLLM's names, old and new, beside OpenAI's. */
  static final Set<String> KEYS =
      Set.of("structured_outputs", "guided_json", "guided_regex", "guided_choice");

  private static final int MOST_TOOLS = 128;

  private AskedForm() {}

  /** {@code response_format} of chats. */
  static void responseFormat(JsonNode body, ObjectNode request) {
    if (!body.hasNonNull("response_format")) {
      return;
    }
    JsonNode format = body.path("response_format");
    JsonNode inside = format.path("json_schema").path("schema");
    String type = format.path("type").asString("");
    format(request, "response_format", type, inside, format.path("type"));
  }

  /** A format by its type: {@code text}, {@code json_object}, {@code json_schema}. */
  static void format(ObjectNode request, String key, String type, JsonNode schema, JsonNode shown) {
    switch (type) {
      case "text" -> {}
      case "json_object" -> request.putObject("form").put("object", true);
      case "json_schema" -> {
        if (!schema.isObject() && !schema.isBoolean()) {
          throw OpenAiRequest.wrong(key + ".json_schema.schema", schema, "a JSON schema");
        }
        request.putObject("form").set("schema", schema);
      }
      default ->
          throw OpenAiRequest.wrong(key + ".type", shown, "text, json_object or json_schema");
    }
  }

  /** vLLM's further forms. */
  static void structured(JsonNode body, ObjectNode request) {
    one(request, "guided_json", "schema", body.path("guided_json"));
    one(request, "guided_regex", "regex", body.path("guided_regex"));
    one(request, "guided_choice", "choice", body.path("guided_choice"));
    if (!body.hasNonNull("structured_outputs")) {
      return;
    }
    JsonNode outputs = body.path("structured_outputs");
    outputs
        .properties()
        .forEach(
            entry -> {
              String place = "structured_outputs." + entry.getKey();
              switch (entry.getKey()) {
                case "json" -> one(request, place, "schema", entry.getValue());
                case "regex" -> one(request, place, "regex", entry.getValue());
                case "choice" -> one(request, place, "choice", entry.getValue());
                default ->
                    throw new ServerException(400, "openai.key", place, "json, regex, choice");
              }
            });
  }

  private static void one(ObjectNode request, String place, String ours, JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return;
    }
    JsonNode form = value;
    if (ours.equals("schema") && value.isString()) {
      form = Json.read(value.asString(), place);
    }
    boolean fits =
        switch (ours) {
          case "schema" -> form.isObject();
          case "regex" -> form.isString();
          default -> form.isArray() && !form.isEmpty() && isTexts(form);
        };
    if (!fits) {
      throw OpenAiRequest.wrong(place, value, "a JSON schema, an expression, or a list of texts");
    }
    if (request.has("form")) {
      throw OpenAiRequest.wrong(place, value, "no second form beside the first");
    }
    request.putObject("form").set(ours, form);
  }

  private static boolean isTexts(JsonNode list) {
    for (JsonNode one : list) {
      if (!one.isString()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Functions that the model may call.
   *
   * @param tools a list of {@code {"type": "function", "function": {…}}}
   * @param choice {@code none}, {@code auto}, {@code required} or a function's name
   */
  static void tools(ObjectNode request, JsonNode tools, JsonNode choice) {
    if (tools.isMissingNode() || tools.isNull() || (tools.isArray() && tools.isEmpty())) {
      return;
    }
    if (!tools.isArray() || tools.size() > MOST_TOOLS) {
      throw OpenAiRequest.wrong("tools", tools, "a list of up to 128 functions");
    }
    List<String> names = new java.util.ArrayList<>();
    for (JsonNode tool : tools) {
      JsonNode function = tool.path("function");
      String name = function.path("name").asString("");
      if (!tool.path("type").asString("").equals("function")
          || !name.matches("[A-Za-z0-9_.-]{1,64}")
          || (function.has("parameters") && !function.path("parameters").isObject())) {
        throw OpenAiRequest.wrong(
            "tools[" + names.size() + "]", tool, "a function with a name and parameters");
      }
      names.add(name);
    }
    String asked = choice(choice);
    if (asked.equals("none")) {
      return;
    }
    if (!asked.equals("auto") && !asked.equals("required") && !names.contains(asked)) {
      throw OpenAiRequest.wrong("tool_choice", choice, "one of the tools " + names);
    }
    request.set("tools", tools);
    request.put("tool_choice", asked);
  }

  private static String choice(JsonNode choice) {
    if (choice.isMissingNode() || choice.isNull()) {
      return "auto";
    }
    String name =
        choice.isString()
            ? choice.asString()
            : choice.path("function").path("name").asString(choice.path("name").asString(""));
    boolean plain = name.equals("auto") || name.equals("none") || name.equals("required");
    if (choice.isString() && !plain || name.isEmpty()) {
      throw OpenAiRequest.wrong("tool_choice", choice, "none, auto, required, or a function");
    }
    return name;
  }

  /** Calls that an assistant made before, as templates read them: arguments as an object. */
  static void calls(ObjectNode message, String place) {
    JsonNode calls = message.path("tool_calls");
    if (calls.isMissingNode() || calls.isNull()) {
      return;
    }
    ArrayNode all = message.putArray("tool_calls");
    for (JsonNode call : calls) {
      ObjectNode copy = call.isObject() ? ((ObjectNode) call).deepCopy() : Json.object();
      JsonNode values = copy.path("function").path("arguments");
      if (!copy.path("function").path("name").isString()) {
        throw OpenAiRequest.wrong(place + ".tool_calls", call, "calls of functions");
      }
      if (values.isString()) {
        JsonNode read = arguments(values, place);
        ((ObjectNode) copy.path("function")).set("arguments", read);
      }
      all.add(copy);
    }
  }

  private static JsonNode arguments(JsonNode text, String place) {
    try {
      JsonNode read = Json.mapper().readTree(text.asString().isBlank() ? "{}" : text.asString());
      if (read.isObject()) {
        return read;
      }
    } catch (tools.jackson.core.JacksonException e) {
      // Said below with the place.
    }
    throw OpenAiRequest.wrong(place + ".tool_calls.arguments", text, "a JSON object as text");
  }
}

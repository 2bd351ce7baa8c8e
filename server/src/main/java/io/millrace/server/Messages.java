package io.millrace.server;

import io.millrace.ground.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Messages of a chat, as templates read them. */
final class Messages {
  private Messages() {}

  /** Messages whose parts of text are joined. */
  static ArrayNode read(JsonNode messages) {
    if (!messages.isArray() || messages.isEmpty()) {
      throw OpenAiRequest.wrong("messages", messages, "a list of messages");
    }
    ArrayNode all = Json.mapper().createArrayNode();
    for (JsonNode message : messages) {
      String place = "messages[" + all.size() + "]";
      if (!message.isObject() || !message.path("role").isString()) {
        throw OpenAiRequest.wrong(place + ".role", message, "an object with a role");
      }
      ObjectNode copy = ((ObjectNode) message).deepCopy();
      if (copy.path("role").asString().equals("developer")) {
        copy.put("role", "system"); // OpenAI's newer name for the same
      }
      JsonNode content = copy.path("content");
      if (content.isArray()) {
        copy.put("content", joined(content, place));
      } else if (content.isNull() || content.isMissingNode()) {
        copy.put("content", ""); // beside calls
      } else if (!content.isString()) {
        throw OpenAiRequest.wrong(place + ".content", content, "a text");
      }
      AskedForm.calls(copy, place);
      all.add(copy);
    }
    return all;
  }

  /** The parts of a text, one after another. */
  static String joined(JsonNode parts, String place) {
    StringBuilder text = new StringBuilder();
    for (JsonNode part : parts) {
      if (!part.path("type").asString("").matches("text|input_text|output_text")) {
        throw OpenAiRequest.wrong(place + ".content", part.path("type"), "text");
      }
      text.append(part.path("text").asString(""));
    }
    return text.toString();
  }
}

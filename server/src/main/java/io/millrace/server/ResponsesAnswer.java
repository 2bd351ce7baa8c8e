package io.millrace.server;

import io.millrace.ground.json.Json;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The form of {@code /v1/responses}: a message, then the functions that are called. */
final class ResponsesAnswer extends OpenAiAnswer {
  private final String id;
  private final JsonNode body;
  private int events;
  private boolean saying;

  ResponsesAnswer(String id, OpenAiRequest request, JsonNode body) {
    super(id, request);
    this.id = id;
    this.body = body;
  }

  @Override
  String object() {
    return "response";
  }

  @Override
  String chunkObject() {
    return "response";
  }

  @Override
  boolean namesEvents() {
    return true;
  }

  @Override
  void fill(ObjectNode choice, String text, JsonNode tokens) {
    throw new IllegalStateException(); // responses have items, no choices
  }

  @Override
  JsonNode whole(JsonNode usage) {
    return response(usage, null);
  }

  private ObjectNode response(@Nullable JsonNode usage, @Nullable JsonNode error) {
    ObjectNode node = envelope("response");
    node.set("created_at", node.remove("created"));
    boolean cut = "length".equals(choice(0).finish);
    String done = cut ? "incomplete" : "completed";
    node.put("status", error != null ? "failed" : usage == null ? "in_progress" : done);
    node.set("error", error == null ? null : error);
    if (cut) {
      node.putObject("incomplete_details").put("reason", "max_output_tokens");
    } else {
      node.putNull("incomplete_details");
    }
    for (String key :
        new String[] {"instructions", "max_output_tokens", "temperature", "top_p", "metadata"}) {
      node.set(key, body.has(key) ? body.path(key) : null);
    }
    node.put("parallel_tool_calls", body.path("parallel_tool_calls").asBoolean(true));
    node.set("tool_choice", body.hasNonNull("tool_choice") ? body.path("tool_choice") : auto());
    node.set("tools", body.path("tools").isArray() ? body.path("tools") : node.arrayNode());
    ArrayNode output = node.putArray("output");
    if (usage != null) {
      if (hasMessage()) {
        output.add(message(done));
      }
      for (int i = 0; i < choice(0).calls.size(); i++) {
        output.add(call(i));
      }
      ObjectNode told = node.putObject("usage");
      told.set("input_tokens", usage.path("prompt_tokens"));
      told.putObject("input_tokens_details").put("cached_tokens", 0);
      told.set("output_tokens", usage.path("completion_tokens"));
      told.putObject("output_tokens_details").put("reasoning_tokens", 0);
      told.set("total_tokens", usage.path("total_tokens"));
    }
    return node;
  }

  private static JsonNode auto() {
    return Json.mapper().getNodeFactory().stringNode("auto");
  }

  /** An answer that calls functions and says nothing has no message. */
  private boolean hasMessage() {
    return !choice(0).text.isEmpty() || choice(0).calls.isEmpty();
  }

  private ObjectNode message(String status) {
    ObjectNode item = item("message", "msg_" + id.substring(5), status);
    item.put("role", "assistant");
    ArrayNode content = item.putArray("content");
    if (!status.equals("in_progress")) {
      content.add(part(choice(0).text.toString()));
    }
    return item;
  }

  private static ObjectNode part(String text) {
    ObjectNode part = Json.object().put("type", "output_text").put("text", text);
    part.putArray("annotations");
    return part;
  }

  private ObjectNode call(int index) {
    JsonNode call = choice(0).calls.get(index);
    ObjectNode item = item("function_call", "fc_" + id.substring(5) + index, "completed");
    item.set("call_id", call.path("id"));
    item.set("name", call.path("name"));
    item.set("arguments", call.path("arguments"));
    return item;
  }

  private static ObjectNode item(String type, String id, String status) {
    return Json.object().put("type", type).put("id", id).put("status", status);
  }

  @Override
  void begin(Out out) throws IOException {
    for (String type : new String[] {"response.created", "response.in_progress"}) {
      out.send(event(type).set("response", response(null, null)));
    }
  }

  @Override
  void chunk(OpenAiEvents.Piece piece, Out out) throws IOException {
    add(piece);
    if (!piece.text().isEmpty()) {
      say(out);
      ObjectNode delta = inMessage("response.output_text.delta").put("delta", piece.text());
      delta.putArray("logprobs");
      out.send(delta);
    }
  }

  private void say(Out out) throws IOException {
    if (saying) {
      return;
    }
    saying = true;
    ObjectNode added = event("response.output_item.added").put("output_index", 0);
    out.send(added.set("item", message("in_progress")));
    out.send(inMessage("response.content_part.added").set("part", part("")));
  }

  private ObjectNode inMessage(String type) {
    ObjectNode event = event(type).put("output_index", 0).put("content_index", 0);
    return event.put("item_id", "msg_" + id.substring(5));
  }

  private ObjectNode event(String type) {
    return Json.object().put("type", type).put("sequence_number", events++);
  }

  @Override
  void end(JsonNode usage, Out out) throws IOException {
    int index = 0;
    if (hasMessage()) {
      say(out);
      String text = choice(0).text.toString();
      ObjectNode done = inMessage("response.output_text.done").put("text", text);
      done.putArray("logprobs");
      out.send(done);
      out.send(inMessage("response.content_part.done").set("part", part(text)));
      ObjectNode item = event("response.output_item.done").put("output_index", index++);
      out.send(item.set("item", message("completed")));
    }
    for (int i = 0; i < choice(0).calls.size(); i++) {
      ObjectNode call = call(i);
      ObjectNode added = event("response.output_item.added").put("output_index", index);
      out.send(
          added.set("item", call.deepCopy().put("arguments", "").put("status", "in_progress")));
      for (String kind : new String[] {"delta", "done"}) {
        ObjectNode values = event("response.function_call_arguments." + kind);
        values.put("output_index", index).set("item_id", call.path("id"));
        values.set(kind.equals("delta") ? "delta" : "arguments", call.path("arguments"));
        values.set("name", call.path("name"));
        out.send(values);
      }
      ObjectNode done = event("response.output_item.done").put("output_index", index++);
      out.send(done.set("item", call));
    }
    ObjectNode response = response(usage, null);
    out.send(event("response." + response.path("status").asString()).set("response", response));
  }

  @Override
  JsonNode failed(JsonNode error) {
    return event("response.failed").set("response", response(null, error));
  }
}

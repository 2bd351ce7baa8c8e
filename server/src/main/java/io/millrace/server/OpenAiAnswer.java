package io.millrace.server;

import io.millrace.ground.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers in the form of one of OpenAI's routes, whole or in chunks. */
abstract sealed class OpenAiAnswer permits ChatAnswer, TextAnswer, ResponsesAnswer {
  /** Takes chunks to the client. */
  interface Out {
    void send(JsonNode chunk) throws IOException;

    /** Ends a stream whose clients wait for a last word. */
    void done() throws IOException;
  }

  /** An answer so far. */
  static final class Choice {
    final StringBuilder text = new StringBuilder();
    final ArrayNode tokens = Json.mapper().createArrayNode();
    final ArrayNode calls = Json.mapper().createArrayNode();
    @Nullable String finish;
  }

  private final String id;
  private final OpenAiRequest request;
  private final long created = System.currentTimeMillis() / 1000;
  private final List<Choice> choices = new ArrayList<>();

  OpenAiAnswer(String id, OpenAiRequest request) {
    this.id = id;
    this.request = request;
    for (int i = 0; i < request.requests().size() * request.copies(); i++) {
      choices.add(new Choice());
    }
  }

  OpenAiRequest request() {
    return request;
  }

  int answers() {
    return choices.size();
  }

  /** Keeps a piece for {@link #whole}. */
  final void add(OpenAiEvents.Piece piece) {
    Choice choice = choices.get(piece.index());
    choice.text.append(piece.text());
    piece.tokens().forEach(choice.tokens::add);
    piece.calls().forEach(choice.calls::add);
    if (piece.finish() != null) {
      choice.finish = reason(piece.finish(), !choice.calls.isEmpty());
    }
  }

  final Choice choice(int index) {
    return choices.get(index);
  }

  static String reason(String finish, boolean called) {
    boolean cut = finish.equals("length") || finish.equals("deadline");
    return cut ? "length" : called ? "tool_calls" : "stop";
  }

  final ObjectNode envelope(String object) {
    ObjectNode node = Json.object();
    node.put("id", id);
    node.put("object", object);
    node.put("created", created);
    node.put("model", request.model());
    return node;
  }

  /** The whole answer. */
  JsonNode whole(JsonNode usage) {
    ObjectNode node = envelope(object());
    ArrayNode all = node.putArray("choices");
    for (int i = 0; i < choices.size(); i++) {
      ObjectNode one = all.addObject();
      one.put("index", i);
      Choice choice = choices.get(i);
      fill(one, choice.text.toString(), choice.tokens);
      calls(one, choice.calls);
      one.put("finish_reason", choice.finish);
    }
    node.set("usage", usage);
    return node;
  }

  /** Ends a stream, with how many tokens there were where the client asked for it. */
  void end(JsonNode usage, Out out) throws IOException {
    if (request.usage()) {
      ObjectNode node = envelope(chunkObject());
      node.putArray("choices");
      node.set("usage", usage);
      out.send(node);
    }
    out.done();
  }

  /** Whether events of a stream have names. */
  boolean namesEvents() {
    return false;
  }

  /** What a stream ends with when nothing more can come. */
  JsonNode failed(JsonNode error) {
    return Json.object().set("error", error);
  }

  /** Puts calls into a choice of a whole answer. */
  void calls(ObjectNode choice, JsonNode calls) {
    // Only chats call functions.
  }

  /** The name of a whole answer. */
  abstract String object();

  /** The name of a chunk. */
  abstract String chunkObject();

  /** Puts an answer into its choice. */
  abstract void fill(ObjectNode choice, String text, JsonNode tokens);

  /** What a stream begins with. */
  abstract void begin(Out out) throws IOException;

  /** A piece as chunks. */
  abstract void chunk(OpenAiEvents.Piece piece, Out out) throws IOException;
}

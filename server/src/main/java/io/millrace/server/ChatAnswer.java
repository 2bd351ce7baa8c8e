package io.millrace.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The form of {@code /v1/chat/completions}. */
final class ChatAnswer extends OpenAiAnswer {
  ChatAnswer(String id, OpenAiRequest request) {
    super(id, request);
  }

  @Override
  String object() {
    return "chat.completion";
  }

  @Override
  String chunkObject() {
    return "chat.completion.chunk";
  }

  @Override
  void fill(ObjectNode choice, String text, JsonNode tokens) {
    choice.putObject("message").put("role", "assistant").put("content", text);
    logprobs(choice, tokens);
  }

  @Override
  void calls(ObjectNode choice, JsonNode calls) {
    if (calls.isEmpty()) {
      return;
    }
    ObjectNode message = (ObjectNode) choice.path("message");
    if (message.path("content").asString("").isEmpty()) {
      message.putNull("content");
    }
    ArrayNode all = message.putArray("tool_calls");
    calls.forEach(call -> told(all.addObject(), call));
  }

  private static void told(ObjectNode one, JsonNode call) {
    one.put("type", "function");
    one.set("id", call.path("id"));
    ObjectNode function = one.putObject("function");
    function.set("name", call.path("name"));
    function.set("arguments", call.path("arguments"));
  }

  @Override
  void begin(Out out) throws IOException {
    for (int i = 0; i < answers(); i++) {
      ObjectNode chunk = envelope(chunkObject());
      ObjectNode choice = choice(chunk, i, null);
      choice.putObject("delta").put("role", "assistant").put("content", "");
      out.send(chunk);
    }
  }

  @Override
  void chunk(OpenAiEvents.Piece piece, Out out) throws IOException {
    if (!piece.text().isEmpty() || !piece.tokens().isEmpty()) {
      ObjectNode chunk = envelope(chunkObject());
      ObjectNode choice = choice(chunk, piece.index(), null);
      choice.putObject("delta").put("content", piece.text());
      logprobs(choice, piece.tokens());
      out.send(chunk);
    }
    for (JsonNode call : piece.calls()) {
      ObjectNode chunk = envelope(chunkObject());
      ObjectNode delta = choice(chunk, piece.index(), null).putObject("delta");
      ObjectNode one = delta.putArray("tool_calls").addObject();
      ArrayNode before = choice(piece.index()).calls;
      one.put("index", before.size());
      told(one, call);
      before.add(call);
      out.send(chunk);
    }
    if (piece.finish() != null) {
      ObjectNode chunk = envelope(chunkObject());
      String reason = reason(piece.finish(), !choice(piece.index()).calls.isEmpty());
      choice(chunk, piece.index(), reason).putObject("delta");
      out.send(chunk);
    }
  }

  private static ObjectNode choice(ObjectNode chunk, int index, @Nullable String finish) {
    ObjectNode choice = chunk.putArray("choices").addObject();
    choice.put("index", index);
    choice.put("finish_reason", finish);
    return choice;
  }

  private void logprobs(ObjectNode choice, JsonNode tokens) {
    if (!request().logprobs()) {
      choice.putNull("logprobs");
      return;
    }
    ArrayNode content = choice.putObject("logprobs").putArray("content");
    int most = request().requests().getFirst().path("logprobs").asInt();
    for (JsonNode token : tokens) {
      ObjectNode one = content.addObject();
      token(one, token);
      ArrayNode top = one.putArray("top_logprobs");
      for (int i = 0; i < Math.min(most, token.path("top").size()); i++) {
        token(top.addObject(), token.path("top").get(i));
      }
    }
  }

  private static void token(ObjectNode one, JsonNode token) {
    String text = token.path("token").asString("");
    one.put("token", text);
    one.set("logprob", token.path("logprob"));
    ArrayNode bytes = one.putArray("bytes");
    for (byte part : text.getBytes(StandardCharsets.UTF_8)) {
      bytes.add(part & 0xff);
    }
  }
}

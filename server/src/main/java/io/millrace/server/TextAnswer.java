package io.millrace.server;

import java.io.IOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The form of {@code /v1/completions}. */
final class TextAnswer extends OpenAiAnswer {
  TextAnswer(String id, OpenAiRequest request) {
    super(id, request);
  }

  @Override
  String object() {
    return "text_completion";
  }

  @Override
  String chunkObject() {
    return "text_completion";
  }

  @Override
  void fill(ObjectNode choice, String text, JsonNode tokens) {
    choice.put("text", text);
    logprobs(choice, tokens);
  }

  @Override
  void begin(Out out) {
    // Nothing goes before the first text.
  }

  @Override
  void chunk(OpenAiEvents.Piece piece, Out out) throws IOException {
    ObjectNode chunk = envelope(chunkObject());
    ObjectNode choice = chunk.putArray("choices").addObject();
    choice.put("index", piece.index());
    fill(choice, piece.text(), piece.tokens());
    choice.put("finish_reason", piece.finish() == null ? null : reason(piece.finish(), false));
    out.send(chunk);
  }

  private void logprobs(ObjectNode choice, JsonNode tokens) {
    if (!request().logprobs()) {
      choice.putNull("logprobs");
      return;
    }
    int most = request().requests().getFirst().path("logprobs").asInt();
    ObjectNode told = choice.putObject("logprobs");
    ArrayNode texts = told.putArray("tokens");
    ArrayNode chances = told.putArray("token_logprobs");
    ArrayNode tops = told.putArray("top_logprobs");
    ArrayNode offsets = told.putArray("text_offset");
    int offset = 0;
    for (JsonNode token : tokens) {
      String text = token.path("token").asString("");
      texts.add(text);
      chances.add(token.path("logprob"));
      ObjectNode top = tops.addObject();
      for (int i = 0; i < Math.min(most, token.path("top").size()); i++) {
        JsonNode one = token.path("top").get(i);
        top.set(one.path("token").asString(""), one.path("logprob"));
      }
      offsets.add(offset);
      offset += text.length();
    }
  }
}

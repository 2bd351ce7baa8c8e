package io.millrace.cli;

import io.millrace.ground.json.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import tools.jackson.databind.node.ObjectNode;

/** The small chat model of the tests, and what they ask it. */
final class Chats {
  static final Path MODEL =
      Path.of(
          System.getProperty("basedir", "."),
          "../serve/src/test/resources/io/millrace/serve/language/im-qwen2");
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  private Chats() {}

  /** A request for so many tokens of the model qwen, the likeliest ones. */
  static String chat(int tokens, boolean stream) {
    ObjectNode body = Json.object().put("model", "qwen").put("max_tokens", tokens);
    body.put("temperature", 0).put("ignore_eos", true).put("stream", stream);
    body.putArray("messages").addObject().put("role", "user").put("content", "hello");
    return Json.text(body);
  }

  static HttpRequest request(String url, String path, String body) {
    return HttpRequest.newBuilder(URI.create(url).resolve(path))
        .timeout(Duration.ofSeconds(60))
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  static HttpResponse<String> post(String url, String path, String body) throws Exception {
    return CLIENT.send(request(url, path, body), HttpResponse.BodyHandlers.ofString());
  }
}

package io.millrace.cli;

import io.millrace.data.source.Digits;
import io.millrace.ground.json.Json;
import io.millrace.server.MillraceServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A server with the quickstart's model on a free port, shared by the tests that only ask. */
final class Served {
  private static MillraceServer server;
  private static Path model;

  private Served() {}

  static synchronized MillraceServer server() throws Exception {
    if (server == null) {
      server = MillraceServer.start("127.0.0.1", 0, Map.of("digits", model()));
      server.awaitReady(Duration.ofSeconds(60));
      Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    }
    return server;
  }

  static synchronized Path model() throws Exception {
    if (model == null) {
      Path home = Files.createTempDirectory("millrace-home");
      Command trained = Command.run(home, "quickstart", "--no-serve", "--json");
      model = Path.of(trained.json().path("package").asString());
    }
    return model;
  }

  /** A real held-out digit, 0 to 255. */
  static float[] digit(int row) {
    float[] pixels = new float[784];
    Digits.heldOut().inputs().copy(row, pixels, 0);
    return pixels;
  }

  static String body(float[] pixels) {
    return Json.text(
        Map.of(
            "inputs",
            List.of(
                Map.of(
                    "name",
                    "image",
                    "shape",
                    List.of(1, 28, 28),
                    "datatype",
                    "FP32",
                    "data",
                    pixels))));
  }

  static HttpResponse<String> post(String path, String body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server().url()).resolve(path))
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  static HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server().url()).resolve(path)).GET();
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  static JsonNode json(HttpResponse<String> response) {
    return Json.read(response.body(), "response");
  }
}

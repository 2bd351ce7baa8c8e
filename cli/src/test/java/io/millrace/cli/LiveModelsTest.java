package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ground.json.Json;
import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.language.Precision;
import io.millrace.server.MillraceServer;
import io.millrace.server.ServingOptions;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Models that come, change and go while the server runs. */
class LiveModelsTest {
  private static final Path MODEL = Chats.MODEL;
  private static final HttpClient CLIENT = Chats.CLIENT;

  static HttpResponse<String> send(MillraceServer server, String method, String path, String body)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url()).resolve(path))
            .timeout(Duration.ofSeconds(60))
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
  }

  static HttpResponse<String> chat(MillraceServer server, String model, int tokens)
      throws Exception {
    ObjectNode body = Json.object().put("model", model).put("max_tokens", tokens);
    body.put("temperature", 0).put("ignore_eos", true);
    body.putArray("messages").addObject().put("role", "user").put("content", "hello");
    return send(server, "POST", "v1/chat/completions", Json.text(body));
  }

  static String text(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    JsonNode choice = Json.read(answer.body(), "answer").path("choices").get(0);
    return choice.path("message").path("content").asString();
  }

  private static String load(String more) {
    return Json.text(Json.object().put("path", MODEL.toString()))
        .replace("}", more.isEmpty() ? "}" : ", " + more + "}");
  }

  private static MillraceServer server(long memory) {
    ServingOptions options =
        new ServingOptions(LanguageDeployment.Options.USUAL, Map.of(), memory, Map.of());
    return MillraceServer.start("127.0.0.1", 0, Map.of(), options);
  }

  @Test
  void comesGetsNamesAndGoes() throws Exception {
    try (MillraceServer server = server(0)) {
      assertThat(chat(server, "qwen", 3).statusCode()).isEqualTo(404);
      HttpResponse<String> loaded = send(server, "PUT", "api/v1/deployments/qwen", load(""));
      assertThat(loaded.statusCode()).as(loaded.body()).isEqualTo(200);
      assertThat(loaded.body()).contains("\"state\":\"ready\"", "\"precision\":\"as-stored\"");
      String said = text(chat(server, "qwen", 8));
      send(server, "PUT", "api/v1/aliases/gpt-4o", "{\"model\": \"qwen\"}");
      assertThat(text(chat(server, "gpt-4o", 8))).isEqualTo(said);
      assertThat(send(server, "GET", "v1/models", "").body()).contains("gpt-4o");
      HttpResponse<String> taken = send(server, "PUT", "api/v1/deployments/gpt-4o", load(""));
      assertThat(taken.statusCode()).isEqualTo(400);
      assertThat(taken.body()).contains("alias of qwen");
      assertThat(send(server, "DELETE", "api/v1/deployments/qwen", "").statusCode()).isEqualTo(200);
      assertThat(chat(server, "gpt-4o", 3).statusCode()).isEqualTo(404);
      assertThat(send(server, "DELETE", "api/v1/deployments/qwen", "").statusCode()).isEqualTo(404);
    }
  }

  /** The first worker writes its classes down as it ends; the next one begins with them. */
  @Test
  void aWorkersClassesAreWrittenOnceAndServeTheNext(@TempDir Path archives) throws Exception {
    Path archive = archives.resolve("millrace-worker-language.jsa");
    String whole = System.getProperty("java.class.path");
    // The JVM writes classes of jars only, as an installation has them; this module is a folder.
    List<String> jars =
        Arrays.stream(whole.split(File.pathSeparator))
            .filter(one -> Files.isRegularFile(Path.of(one)))
            .toList();
    assumeTrue(
        jars.stream().anyMatch(one -> one.contains("millrace-serve")),
        "needs modules as jars: ./mvnw verify");
    System.setProperty("java.class.path", String.join(File.pathSeparator, jars));
    System.setProperty("millrace.archives", archives.toString());
    try {
      String said = "";
      FileTime written = FileTime.fromMillis(0);
      for (int start = 0; start < 2; start++) {
        try (MillraceServer server = server(0)) {
          send(server, "PUT", "api/v1/deployments/qwen", load(""));
          String text = text(chat(server, "qwen", 8));
          assertThat(text).isEqualTo(start == 0 ? text : said);
          said = text;
        }
        assertThat(archive).isNotEmptyFile();
        FileTime now = Files.getLastModifiedTime(archive);
        assertThat(now).isEqualTo(start == 0 ? now : written);
        written = now;
      }
    } finally {
      System.clearProperty("millrace.archives");
      System.setProperty("java.class.path", whole);
    }
  }

  /** While many ask, another worker takes over four times; nobody is turned away. */
  @Test
  void isReplacedUnderLoadWithoutALostRequest() throws Exception {
    try (MillraceServer server = server(0);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      send(server, "PUT", "api/v1/deployments/qwen", load(""));
      String said = text(chat(server, "qwen", 20));
      long first = server.worker("qwen");
      AtomicBoolean over = new AtomicBoolean();
      List<Future<Integer>> asking = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        asking.add(
            callers.submit(
                () -> {
                  int count = 0;
                  while (!over.get()) {
                    assertThat(text(chat(server, "qwen", 20))).isEqualTo(said);
                    count++;
                  }
                  return count;
                }));
      }
      for (int i = 0; i < 4; i++) {
        HttpResponse<String> replaced = send(server, "PUT", "api/v1/deployments/qwen", load(""));
        assertThat(replaced.statusCode()).as(replaced.body()).isEqualTo(200);
      }
      over.set(true);
      int answers = 0;
      for (Future<Integer> one : asking) {
        answers += one.get();
      }
      assertThat(answers).isPositive();
      assertThat(server.worker("qwen")).isNotEqualTo(first);
    }
  }

  @Test
  void whatCannotBeLoadedChangesNothing() throws Exception {
    try (MillraceServer server = server(600L << 20)) {
      send(server, "PUT", "api/v1/deployments/qwen", load(""));
      HttpResponse<String> large = send(server, "PUT", "api/v1/deployments/two", load(""));
      assertThat(large.statusCode()).isEqualTo(507);
      assertThat(large.body()).contains("600 MB").contains("--memory");
      for (String[] wrong :
          new String[][] {
            {"x", "{\"path\": \"no/where\"}", "no/where"},
            {"x", "{\"path\": 3}", "path"},
            {"x", "{}", "path"},
            {"x", "[]", "object"},
            {"x", load("\"precision\": \"int3\""), "int3"},
            {"x", load("\"size\": 1"), "size"},
            {"%20", load(""), "name"}
          }) {
        HttpResponse<String> answer =
            send(server, "PUT", "api/v1/deployments/" + wrong[0], wrong[1]);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).contains(wrong[2]).doesNotContain("Exception");
      }
      text(chat(server, "qwen", 3));
    }
  }

  @Test
  void sleepsWithoutRequestsAndWakesForTheNext() throws Exception {
    LanguageDeployment.Options options =
        new LanguageDeployment.Options(Precision.AS_STORED, Duration.ofMillis(200));
    try (MillraceServer server =
        MillraceServer.start(
            "127.0.0.1",
            0,
            Map.of("qwen", MODEL),
            new ServingOptions(options, Map.of(), 0, Map.of("chat", "qwen")))) {
      server.awaitReady(Duration.ofSeconds(60));
      String said = text(chat(server, "chat", 8));
      while (server.worker("qwen") != 0) {
        Thread.onSpinWait(); // the test's own limit ends it
      }
      assertThat(send(server, "GET", "v2/health/ready", "").statusCode()).isEqualTo(200);
      assertThat(send(server, "GET", "api/v1/deployments", "").body()).contains("asleep");
      assertThat(text(chat(server, "chat", 8))).isEqualTo(said);
    }
  }
}

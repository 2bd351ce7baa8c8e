package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ground.json.Json;
import io.millrace.serve.language.TextEmbedder;
import io.millrace.server.MillraceServer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI's routes over a small chat model, and what comes in that should not. */
class OpenAiTest {
  private static final Path MODEL = Chats.MODEL;
  private static final HttpClient CLIENT = Chats.CLIENT;

  private static MillraceServer server;

  @BeforeAll
  static void start() {
    server = MillraceServer.start("127.0.0.1", 0, Map.of("qwen", MODEL));
    server.awaitReady(Duration.ofSeconds(60));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpResponse<String> post(String path, String body) throws Exception {
    return Chats.post(server.url(), path, body);
  }

  private static JsonNode cases() {
    return Json.read(MODEL.resolve("expected.json")).path("cases");
  }

  /** The conversations of the parity fixtures, each among its copies. */
  @Test
  void answersWhatTransformersAnswers() throws Exception {
    List<Callable<String>> asked = new ArrayList<>();
    List<String> wanted = new ArrayList<>();
    for (int round = 0; round < 4; round++) {
      for (JsonNode one : cases()) {
        ObjectNode body = Json.object();
        body.put("model", "qwen").put("max_tokens", 24).put("temperature", 0);
        body.put("ignore_eos", true).set("messages", one.path("messages"));
        asked.add(() -> post("v1/chat/completions", Json.text(body)).body());
        wanted.add(one.path("completion_text").asString());
      }
    }
    List<String> answers = new ArrayList<>();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<String> answer : callers.invokeAll(asked)) {
        JsonNode message = Json.read(answer.get(), "answer").path("choices").get(0).path("message");
        answers.add(message.path("content").asString());
      }
    }
    assertThat(answers).isEqualTo(wanted);
  }

  @Test
  void streamsEndWithDone() throws Exception {
    String events = post("v1/chat/completions", Chats.chat(6, true)).body();
    assertThat(events).startsWith("data: {").endsWith("data: [DONE]\n\n");
    assertThat(events).contains("\"role\":\"assistant\"", "\"finish_reason\":\"length\"");
  }

  /** Those of the encoder fixture, which FixturesTest compares with transformers'. */
  @Test
  void encodersGiveTheVectorsOfTheLibrary(@TempDir Path folder) throws Exception {
    Path fixture =
        Path.of(
            System.getProperty("basedir", "."),
            "../model/src/test/resources/io/millrace/model/folder/bert-mlm");
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(fixture.resolve(file), folder.resolve(file));
    }
    String words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nwater\nwheel\nmill\n";
    Files.writeString(folder.resolve("vocab.txt"), words);
    float[] wanted;
    try (TextEmbedder embedder = TextEmbedder.open(folder)) {
      wanted = embedder.embed(List.of("water mill")).getFirst();
    }
    try (MillraceServer own = MillraceServer.start("127.0.0.1", 0, Map.of("bert", folder))) {
      own.awaitReady(Duration.ofSeconds(60));
      URI embeddings = URI.create(own.url()).resolve("v1/embeddings");
      String body = "{\"model\": \"bert\", \"input\": [\"water mill\", \"wheel\"]%s}";
      JsonNode plain = Json.read(ask(embeddings, body.formatted("")), "answer");
      JsonNode packed =
          Json.read(ask(embeddings, body.formatted(", \"encoding_format\": \"base64\"")), "answer");
      JsonNode vector = plain.path("data").get(0).path("embedding");
      java.nio.FloatBuffer bytes =
          java.nio.ByteBuffer.wrap(
                  java.util.Base64.getDecoder()
                      .decode(packed.path("data").get(0).path("embedding").asString()))
              .order(java.nio.ByteOrder.LITTLE_ENDIAN)
              .asFloatBuffer();
      assertThat(vector.size()).isEqualTo(wanted.length);
      for (int i = 0; i < wanted.length; i++) {
        assertThat(vector.get(i).floatValue()).isCloseTo(wanted[i], within(1e-5f));
        assertThat(bytes.get(i)).isEqualTo(vector.get(i).floatValue());
      }
      assertThat(plain.path("usage").path("prompt_tokens").asInt()).isEqualTo(7);
      assertThat(
              ask(
                  URI.create(own.url()).resolve("v1/chat/completions"),
                  Chats.chat(3, false).replace("qwen", "bert")))
          .contains("ask /v1/embeddings");
    }
    assertThat(post("v1/embeddings", "{\"model\": \"qwen\", \"input\": \"x\"}").body())
        .contains("ask /v1/chat/completions");
  }

  private static String ask(URI address, String body) throws Exception {
    HttpRequest asked =
        HttpRequest.newBuilder(address).POST(HttpRequest.BodyPublishers.ofString(body)).build();
    return CLIENT.send(asked, HttpResponse.BodyHandlers.ofString()).body();
  }

  @Test
  void pythonsOpenaiClientIsContent() throws Exception {
    String python = System.getenv("MILLRACE_TEST_PYTHON");
    assumeTrue(python != null, "needs MILLRACE_TEST_PYTHON: a Python with openai");
    Process process =
        new ProcessBuilder(
                python,
                Path.of(System.getProperty("basedir", "."), "src/test/python/openai_client.py")
                    .toString(),
                server.url() + "v1",
                MODEL.resolve("expected.json").toString())
            .redirectErrorStream(true)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{                                                                  | 400 | no valid JSON",
        "[1]                                                                | 400 | a JSON object",
        "{\"model\": \"qwen\"}                                              | 400 | messages",
        "{\"messages\": []}                                                 | 400 | model",
        "{\"model\": \"gwen\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}"
            + " | 404 | Did you mean \"qwen\"",
        "{\"model\": \"qwen\", \"messages\": [{\"content\": \"x\"}]}        | 400 | role",
        "{\"model\": \"qwen\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}],"
            + " \"max_token\": 3} | 400 | did you mean max_tokens",
        "{\"model\": \"qwen\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}],"
            + " \"n\": 0} | 400 | 1 to 128",
        "{\"model\": \"qwen\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}],"
            + " \"temperature\": \"hot\"} | 400 | a number",
        "{\"model\": \"qwen\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}],"
            + " \"top_p\": 2} | 400 | topP = 2",
        "{\"model\": \"qwen\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}],"
            + " \"max_tokens\": 0} | 400 | maxTokens = 0",
        "{\"model\": \"qwen\", \"messages\": [{\"role\": \"user\", \"content\":"
            + " [{\"type\": \"image_url\"}]}]} | 400 | image_url",
      })
  void wrongRequestsAreToldWhatIsWrong(String body, int status, String says) throws Exception {
    HttpResponse<String> answer = post("v1/chat/completions", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonNode error = Json.read(answer.body(), "answer").path("error");
    assertThat(error.path("message").asString()).contains(says).doesNotContain("\tat ");
    assertThat(error.path("type").asString()).endsWith("_error");
  }

  /** Never cut: both numbers are said. */
  @Test
  void contextsThatAreTooLongAreRefused() throws Exception {
    HttpResponse<String> answer = post("v1/chat/completions", Chats.chat(1000, false));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("1000", "256", "context_length_exceeded");
  }

  private static void ask(Socket socket, String body) throws Exception {
    String head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
    String request = head + body.length() + "\r\n\r\n" + body;
    socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Nobody reads from a connection while its whole answer is written; a hang-up is seen even so.
   */
  @Test
  void whoHangsUpBeforeTheWholeAnswerIsNotWrittenFor() throws Exception {
    try (MillraceServer own = MillraceServer.start("127.0.0.1", 0, Map.of("qwen", MODEL))) {
      own.awaitReady(Duration.ofSeconds(60));
      try (Socket socket = new Socket("127.0.0.1", own.port())) {
        // Six answers with penalties take a while.
        ask(socket, Chats.chat(200, false).replace("\"stream\"", "\"n\": 6, \"stream\""));
        awaitMetric(own, "num_requests_running{model_name=\"qwen\"} 1");
      }
      awaitMetric(own, "finished_reason=\"cancelled\"} 6");
      // The connection of who waits is used again.
      URI chat = URI.create(own.url()).resolve("v1/chat/completions");
      for (int i = 0; i < 3; i++) {
        HttpRequest next =
            HttpRequest.newBuilder(chat)
                .POST(HttpRequest.BodyPublishers.ofString(Chats.chat(3, false)))
                .build();
        assertThat(CLIENT.send(next, HttpResponse.BodyHandlers.ofString()).statusCode())
            .isEqualTo(200);
      }
    }
  }

  @Test
  void whoHangsUpIsNotWrittenFor() throws Exception {
    String body = Chats.chat(150, true);
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      ask(socket, body);
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      while (!in.readLine().contains("\"content\":\"")) {
        // the stream has begun
      }
    }
    awaitMetric(server, "num_requests_running{model_name=\"qwen\"} 0");
  }

  private static void awaitMetric(MillraceServer server, String line) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    HttpRequest metrics =
        HttpRequest.newBuilder(URI.create(server.url()).resolve("metrics")).build();
    String last = "";
    while (System.nanoTime() < end) {
      last = CLIENT.send(metrics, HttpResponse.BodyHandlers.ofString()).body();
      if (last.contains(line)) {
        return;
      }
    }
    throw new AssertionError(line + " did not come: " + last);
  }

  /** A folder for classes: their names and probabilities, and documents in their order. */
  @Test
  void judgesClassifyAndRank(@TempDir Path folder) throws Exception {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "bert", "architectures": ["BertForSequenceClassification"],
         "vocab_size": 8, "hidden_size": 16, "intermediate_size": 20, "num_hidden_layers": 1,
         "num_attention_heads": 2, "max_position_embeddings": 32, "initializer_range": 0.5,
         "id2label": {"0": "off", "1": "on"}, "label2id": {"off": 0, "on": 1}}
        """);
    String words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nwater\nwheel\nmill\n";
    Path saved = folder.resolve("saved");
    try (io.millrace.model.folder.Pretrained made =
        io.millrace.model.folder.Pretrained.fresh(folder, 2)) {
      made.save(saved);
    }
    Files.writeString(saved.resolve("vocab.txt"), words);
    List<Double> wanted = new ArrayList<>();
    List<String> documents = List.of("water wheel", "mill", "wheel wheel mill");
    try (io.millrace.serve.language.TextJudge judge =
        io.millrace.serve.language.TextJudge.open(saved)) {
      documents.forEach(text -> wanted.add(judge.relevance("water", text)));
    }
    try (MillraceServer own = MillraceServer.start("127.0.0.1", 0, Map.of("judge", saved))) {
      own.awaitReady(Duration.ofSeconds(60));
      String asked = "{\"model\": \"judge\", \"input\": [\"water\", \"mill\"]}";
      JsonNode classes =
          Json.read(ask(URI.create(own.url()).resolve("v1/classify"), asked), "answer");
      JsonNode first = classes.path("data").get(0);
      assertThat(first.path("label").asString()).isIn("off", "on");
      assertThat(first.path("probs").get(0).asDouble() + first.path("probs").get(1).asDouble())
          .isCloseTo(1, within(1e-6));
      ObjectNode body = Json.object().put("model", "judge").put("query", "water");
      body.putPOJO("documents", documents).put("top_n", 2);
      JsonNode ranked =
          Json.read(ask(URI.create(own.url()).resolve("v1/rerank"), Json.text(body)), "answer");
      List<Double> sorted = wanted.stream().sorted((a, b) -> Double.compare(b, a)).toList();
      for (int i = 0; i < 2; i++) {
        JsonNode one = ranked.path("results").get(i);
        assertThat(one.path("relevance_score").asDouble()).isCloseTo(sorted.get(i), within(1e-6));
        assertThat(one.path("document").path("text").asString())
            .isEqualTo(documents.get(one.path("index").asInt()));
      }
      assertThat(ranked.path("results").size()).isEqualTo(2);
      String chat = Chats.chat(3, false).replace("qwen", "judge");
      HttpRequest wrong =
          HttpRequest.newBuilder(URI.create(own.url()).resolve("v1/chat/completions"))
              .POST(HttpRequest.BodyPublishers.ofString(chat))
              .build();
      HttpResponse<String> refused = CLIENT.send(wrong, HttpResponse.BodyHandlers.ofString());
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(refused.body()).contains("/v1/classify");
    }
  }

  @Test
  void aFullQueueSaysWhenToComeAgain() throws Exception {
    System.setProperty("millrace.engine.rows", "1");
    System.setProperty("millrace.engine.queue", "1");
    try (MillraceServer own = MillraceServer.start("127.0.0.1", 0, Map.of("qwen", MODEL));
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      own.awaitReady(Duration.ofSeconds(60));
      HttpRequest asked =
          HttpRequest.newBuilder(URI.create(own.url()).resolve("v1/chat/completions"))
              .POST(HttpRequest.BodyPublishers.ofString(Chats.chat(200, false)))
              .build();
      List<Callable<HttpResponse<String>>> all = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        all.add(() -> CLIENT.send(asked, HttpResponse.BodyHandlers.ofString()));
      }
      List<Integer> statuses = new ArrayList<>();
      for (Future<HttpResponse<String>> one : callers.invokeAll(all)) {
        HttpResponse<String> answer = one.get();
        statuses.add(answer.statusCode());
        if (answer.statusCode() == 429) {
          assertThat(answer.headers().firstValue("Retry-After")).isPresent();
          assertThat(answer.body()).contains("rate_limit_error");
        }
      }
      assertThat(statuses).contains(200, 429).containsOnly(200, 429);
    } finally {
      System.clearProperty("millrace.engine.rows");
      System.clearProperty("millrace.engine.queue");
    }
  }

  /** Each caller hears that it ended, and the next worker answers as the first one did. */
  @Test
  void aKilledWorkerEndsItsStreamsClearly() throws Exception {
    try (MillraceServer own = MillraceServer.start("127.0.0.1", 0, Map.of("qwen", MODEL));
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      own.awaitReady(Duration.ofSeconds(60));
      URI chat = URI.create(own.url()).resolve("v1/chat/completions");
      HttpRequest asked =
          HttpRequest.newBuilder(chat)
              .POST(HttpRequest.BodyPublishers.ofString(Chats.chat(200, true)))
              .build();
      List<Future<HttpResponse<String>>> streams = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        streams.add(callers.submit(() -> CLIENT.send(asked, HttpResponse.BodyHandlers.ofString())));
      }
      long worker = own.worker("qwen");
      ProcessHandle.of(worker).orElseThrow().destroyForcibly();
      for (Future<HttpResponse<String>> stream : streams) {
        HttpResponse<String> answer = stream.get();
        boolean whole = answer.body().endsWith("data: [DONE]\n\n");
        assertThat(whole || answer.body().contains("\"error\":{\"message\":\""))
            .as(answer.body())
            .isTrue();
        assertThat(answer.statusCode()).isIn(200, 503);
      }
      own.awaitReady(Duration.ofSeconds(60));
      HttpResponse<String> next = CLIENT.send(asked, HttpResponse.BodyHandlers.ofString());
      assertThat(next.body()).endsWith("data: [DONE]\n\n");
      assertThat(own.worker("qwen")).isNotEqualTo(worker);
    }
  }
}

package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ground.json.Json;
import io.millrace.server.MillraceServer;
import io.millrace.server.ServerException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The Open Inference Protocol's REST routes, and what comes in that should not. */
class OpenInferenceTest {
  private static final String INFER = "v2/models/digits/infer";

  @Test
  void healthMetadataAndInferFollowTheProtocol() throws Exception {
    assertThat(Served.json(Served.get("v2/health/live")).path("live").booleanValue()).isTrue();
    assertThat(Served.get("v2/health/ready").statusCode()).isEqualTo(200);
    assertThat(Served.get("v2/models/digits/ready").statusCode()).isEqualTo(200);
    assertThat(Served.json(Served.get("v2")).path("name").asString()).isEqualTo("millrace");
    JsonNode metadata = Served.json(Served.get("v2/models/digits"));
    assertThat(metadata.path("inputs").get(0).path("datatype").asString()).isEqualTo("FP32");
    assertThat(metadata.path("inputs").get(0).path("shape").toString()).isEqualTo("[-1,28,28]");
    HttpResponse<String> answer = Served.post(INFER, Served.body(Served.digit(0)));
    assertThat(answer.statusCode()).isEqualTo(200);
    JsonNode outputs = Served.json(answer).path("outputs");
    assertThat(outputs.get(0).path("shape").toString()).isEqualTo("[1,10]");
    double sum = 0;
    for (JsonNode share : outputs.get(0).path("data")) {
      sum += share.doubleValue();
    }
    assertThat(sum).isCloseTo(1, org.assertj.core.api.Assertions.within(1e-5));
    assertThat(outputs.get(1).path("datatype").asString()).isEqualTo("BYTES");
    assertThat(
            Served.post("v2/models/digits/versions/1/infer", Served.body(Served.digit(0))).body())
        .isEqualTo(answer.body());
  }

  @Test
  void nestedDataBatchesAndIdsWork() throws Exception {
    float[] digit = Served.digit(1);
    List<Object> rows = new ArrayList<>();
    for (int y = 0; y < 28; y++) {
      rows.add(java.util.Arrays.copyOfRange(digit, y * 28, y * 28 + 28));
    }
    String body =
        Json.text(
            Map.of(
                "id",
                "q1",
                "inputs",
                List.of(
                    Map.of(
                        "name",
                        "image",
                        "shape",
                        List.of(
                            4, 28,
                            28), // MKL rounds two rows apart on Zen 4, four alike: decision 10
                        "datatype",
                        "UINT8",
                        "data",
                        List.of(rows, rows, rows, rows)))));
    JsonNode answer = Served.json(Served.post(INFER, body));
    assertThat(answer.path("id").asString()).isEqualTo("q1");
    JsonNode data = answer.path("outputs").get(0).path("data");
    assertThat(data).hasSize(40);
    assertThat(data.get(3)).isEqualTo(data.get(13));
  }

  @Test
  void explanationsComeWithThePrediction() throws Exception {
    JsonNode answer =
        Served.json(Served.post("api/v1/models/digits/explain", Served.body(Served.digit(2))));
    assertThat(answer.path("outputs").get(2).path("name").asString()).isEqualTo("attributions");
    assertThat(answer.path("outputs").get(2).path("data")).hasSize(784);
    assertThat(Served.post("api/v1/models/digits/explain", Served.body(Served.digit(2))).body())
        .isEqualTo(answer.toString());
    HttpResponse<String> wrong =
        Served.post(
            "api/v1/models/digits/explain",
            Served.body(Served.digit(2)).replaceFirst("\\{", "{\"parameters\":{\"target\":99},"));
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body()).contains("output 99 does not exist");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1,2]}]} | the model takes [-1, 28, 28]",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[1,28,28],\"datatype\":\"FP32\",\"data\":[1,2]}]} | 784 elements, but 2 were given",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[2],\"datatype\":\"FP33\",\"data\":[1,2]}]} | Did you mean \\\"FP32\\\"",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[2],\"datatype\":\"FP32\",\"data\":[\"a\",2]}]} | do not fit the datatype FP32",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[2],\"datatype\":\"UINT8\",\"data\":[300,2]}]} | element 0 is 300.0, which is no UINT8",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1e39]}]} | no FP32",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"x\"]}]} | image",
        "{\"inputs\":[{\"name\":\"imag\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]} | the model takes exactly [image]",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[-1],\"datatype\":\"FP32\",\"data\":[1]}]} | a size of -1",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[0,28,28],\"datatype\":\"FP32\",\"data\":[]}]} | at least 1",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[2147483647,2147483647,2147483647],\"datatype\":\"FP32\",\"data\":[1]}]} | image",
        "{\"inputs\":[{\"name\":\"image\",\"datatype\":\"FP32\",\"data\":[1]}]} | each input needs",
        "{\"inputs\":[]} | the inputs [] were given",
        "{\"inputz\":[]} | Did you mean \\\"inputs\\\"",
        "{\"inputs\":{}} | expected inputs: […]",
        "{} | \\\"inputs\\\" is missing",
        "[] | expected {…}",
        "nonsense | no valid JSON",
        "'' | expected {…}",
        "{\"inputs\":[{\"name\":\"image\",\"data\":[null]}]} | the data holds null"
      })
  void wrongRequestsGetOneSentenceAndFourHundred(String body, String expected) throws Exception {
    HttpResponse<String> answer = Served.post(INFER, body);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .contains("{\"error\":")
        .contains(expected.strip())
        .doesNotContain("\tat ");
  }

  @Test
  void deepNestingAndAGigabyteAreRefusedWithoutReadingThem() throws Exception {
    String deep = "{\"inputs\":[{\"data\":" + "[".repeat(50_000);
    assertThat(Served.post(INFER, deep).statusCode()).isEqualTo(400);
    try (Socket socket = new Socket("127.0.0.1", Served.server().port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /v2/models/digits/infer HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1073741824\r\n\r\n{")
              .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      byte[] head = new byte[12];
      InputStream in = socket.getInputStream();
      assertThat(in.readNBytes(head, 0, 12)).isEqualTo(12);
      assertThat(new String(head, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
    }
    // Without an announced length the body is read only up to the limit.
    try (Socket socket = new Socket("127.0.0.1", Served.server().port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /v2/models/digits/infer HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      byte[] chunk = new byte[1 << 20];
      java.util.Arrays.fill(chunk, (byte) ' ');
      try {
        for (int i = 0; i < 1024; i++) {
          out.write("100000\r\n".getBytes(StandardCharsets.US_ASCII));
          out.write(chunk);
          out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        org.junit.jupiter.api.Assertions.fail("the server read a gigabyte");
      } catch (java.io.IOException expected) {
        assertThat(Served.get("v2/health/live").statusCode()).isEqualTo(200);
      }
    }
  }

  @Test
  void unknownModelsPathsAndMethodsSaySo() throws Exception {
    assertThat(Served.get("v2/models/digit").statusCode()).isEqualTo(404);
    assertThat(Served.get("v2/models/digit").body()).contains("Did you mean \\\"digits\\\"");
    assertThat(Served.get("v2/models/digits/versions/7").statusCode()).isEqualTo(404);
    assertThat(Served.get("nowhere").statusCode()).isEqualTo(404);
    assertThat(Served.get("nowhere").body()).contains("nothing is at /nowhere");
    assertThat(Served.get("assets/../messages_en.properties").statusCode()).isEqualTo(404);
    assertThat(Served.get(INFER).statusCode()).isEqualTo(405);
    assertThat(Served.get("v2/models/digit", "Accept-Language", "zh-CN").body()).contains("没有提供");
  }

  @Test
  void localModeRefusesOtherHostsOriginsAndAddresses() throws Exception {
    assertThat(raw("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")).startsWith("HTTP/1.1 403");
    assertThat(raw("GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n"))
        .startsWith("HTTP/1.1 403");
    assertThat(raw("GET / HTTP/1.1\r\nHost: localhost:1\r\n\r\n")).startsWith("HTTP/1.1 200");
    assertThat(
            Served.post(INFER, Served.body(Served.digit(0)), "Origin", "https://evil.example")
                .statusCode())
        .isEqualTo(403);
    assertThat(
            Served.post(INFER, Served.body(Served.digit(0)), "Sec-Fetch-Site", "cross-site")
                .statusCode())
        .isEqualTo(403);
    String own = Served.server().url().replaceFirst("/$", "");
    assertThat(Served.post(INFER, Served.body(Served.digit(0)), "Origin", own).statusCode())
        .isEqualTo(200);
    assertThatThrownBy(() -> MillraceServer.start("0.0.0.0", 0, Map.of()))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("no administrator yet");
  }

  @Test
  void aTakenPortIsSaidWithAnother() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertThatThrownBy(() -> MillraceServer.start("127.0.0.1", port, Map.of()))
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("port " + port + " is taken");
    }
  }

  @Test
  void manyAtOnceGetTheSameAnswersAsAlone() throws Exception {
    List<String> alone = new ArrayList<>();
    for (int row = 0; row < 16; row++) {
      alone.add(classOf(Served.post(INFER, Served.body(Served.digit(row)))));
    }
    try (var pool = Executors.newFixedThreadPool(16)) {
      List<Callable<String>> questions = new ArrayList<>();
      for (int i = 0; i < 160; i++) {
        int row = i % 16;
        // Every fifth is wrong, and must not disturb its neighbours.
        String body = i % 5 == 4 ? "{\"inputs\":[]}" : Served.body(Served.digit(row));
        questions.add(() -> classOf(Served.post(INFER, body)));
      }
      List<Future<String>> answers = pool.invokeAll(questions);
      for (int i = 0; i < answers.size(); i++) {
        assertThat(answers.get(i).get()).isEqualTo(i % 5 == 4 ? "400" : alone.get(i % 16));
      }
    }
  }

  @Test
  void theServersProcessNeverLoadsTheEngine() throws Exception {
    Path maps = Path.of("/proc/self/maps");
    Assumptions.assumeTrue(Files.exists(maps), "loaded libraries are read from /proc (Linux)");
    Path home = Files.createTempDirectory("millrace-home");
    Path out = home.resolve("out");
    Process server =
        Command.start(
            home,
            List.of(),
            out,
            home.resolve("err"),
            "serve",
            "--json",
            "--port",
            "0",
            "--model",
            "digits=" + Served.model());
    try {
      String line = "";
      while (!line.contains("url") && server.isAlive()) {
        line = Files.exists(out) ? Files.readString(out) : "";
        Thread.onSpinWait();
      }
      String url = Json.read(line, "serve").path("url").asString();
      assertThat(url).startsWith("http://127.0.0.1:");
      List<String> loaded =
          Files.readAllLines(Path.of("/proc", Long.toString(server.pid()), "maps"));
      assertThat(loaded).noneMatch(entry -> entry.contains("libtorch"));
      long worker = server.descendants().findFirst().orElseThrow().pid();
      assertThat(Files.readAllLines(Path.of("/proc", Long.toString(worker), "maps")))
          .anyMatch(entry -> entry.contains("libtorch"));
      server.destroy(); // SIGTERM ends the worker too
      server.waitFor();
      ProcessHandle.of(worker).ifPresent(process -> process.onExit().join());
    } finally {
      server.destroyForcibly();
    }
  }

  private static String classOf(HttpResponse<String> answer) {
    return answer.statusCode() == 200
        ? Served.json(answer).path("outputs").get(1).path("data").get(0).asString()
        : Integer.toString(answer.statusCode());
  }

  private static String raw(String request) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", Served.server().port())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readNBytes(64), StandardCharsets.US_ASCII);
    }
  }
}

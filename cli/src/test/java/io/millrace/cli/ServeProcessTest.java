package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ground.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code serve} as a process: what service managers and operating systems do to it. */
class ServeProcessTest {
  @TempDir Path home;
  private Process process;
  private String url = "";

  /** Serves the model that a training left under the name qwen in Millrace's folder. */
  private JsonNode serve() throws Exception {
    Path stored = Files.createDirectories(home.resolve("models/qwen/model"));
    try (Stream<Path> files = Files.list(Chats.MODEL)) {
      for (Path file : files.toList()) {
        Files.copy(file, stored.resolve(file.getFileName()));
      }
    }
    Path out = home.resolve("out");
    Path err = home.resolve("err");
    process = Command.start(home, List.of(), out, err, "serve", "--port", "0", "--json");
    while (!Files.exists(out) || !Files.readString(out).contains("}")) {
      assertThat(process.isAlive()).as(() -> read(err)).isTrue();
      Thread.onSpinWait();
    }
    JsonNode said = Json.read(Files.readString(out), "out");
    url = said.path("url").asString();
    return said;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @AfterEach
  void end() throws Exception {
    if (process != null) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      process.waitFor();
    }
  }

  /** The lines of a streamed answer, each told as it comes. */
  private List<String> stream(int tokens, Consumer<List<String>> told) throws Exception {
    HttpRequest request = Chats.request(url, "v1/chat/completions", Chats.chat(tokens, true));
    List<String> heard = new ArrayList<>();
    try (Stream<String> lines =
        Chats.CLIENT.send(request, HttpResponse.BodyHandlers.ofLines()).body()) {
      lines.forEach(
          line -> {
            heard.add(line);
            told.accept(heard);
          });
    }
    return heard;
  }

  private int ready() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url).resolve("v2/health/ready"))
            .timeout(Duration.ofSeconds(60))
            .build();
    return Chats.CLIENT.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private static void signal(String name, long pid) {
    try {
      int exit = new ProcessBuilder("kill", "-" + name, "" + pid).start().waitFor();
      assertThat(exit).isZero();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void modelsThatWereTrainedAreServedAndSigtermDrainsTheirStreams() throws Exception {
    JsonNode said = serve();
    assertThat(said.path("models").get(0).asString()).isEqualTo("qwen");
    List<String> heard =
        stream(
            200,
            lines -> {
              if (lines.size() == 3) {
                process.destroy(); // SIGTERM
              }
            });
    assertThat(heard).contains("data: [DONE]");
    assertThat(String.join("", heard)).contains("\"finish_reason\":\"length\"");
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
  }

  /** A worker that stands still is not ready; when it goes on, so do its streams. */
  @Test
  void aHeldWorkerIsNotReady() throws Exception {
    serve();
    assertThat(ready()).isEqualTo(200);
    List<Integer> seen = new ArrayList<>();
    List<String> heard =
        stream(
            200,
            lines -> {
              if (lines.size() == 3) {
                long worker = process.children().findFirst().orElseThrow().pid();
                signal("STOP", worker);
                try {
                  seen.add(ready());
                } catch (Exception e) {
                  throw new AssertionError(e);
                } finally {
                  signal("CONT", worker);
                }
              }
            });
    assertThat(seen).containsExactly(503);
    assertThat(heard).contains("data: [DONE]");
    assertThat(ready()).isEqualTo(200);
  }
}

package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients that stall, vanish and storm; a server that is asked to end; a long day. */
class FaultsTest {
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

  private static HttpResponse<String> ask(String url, String body) throws Exception {
    return Chats.post(url, "v1/chat/completions", body);
  }

  private static void send(Socket socket, String text) throws Exception {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
  }

  private static String head(int length) {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
        + length
        + "\r\n\r\n";
  }

  /** A thousand that stall in the middle of a header or a body, or do not read their stream. */
  @Test
  void slowClientsHoldNobodyUp() throws Exception {
    String body = Chats.chat(40, true);
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 1000; i++) {
        Socket socket = new Socket("127.0.0.1", server.port());
        slow.add(socket);
        switch (i % 3) {
          case 0 -> send(socket, "POST /v1/chat/comp");
          case 1 -> send(socket, head(body.length()) + body.substring(0, 20));
          default -> {
            if (i % 30 == 2) {
              send(socket, head(body.length()) + body);
            }
          }
        }
      }
      for (int i = 0; i < 5; i++) {
        assertThat(ask(server.url(), Chats.chat(5, false)).statusCode()).isEqualTo(200);
      }
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
    awaitQuiet(server);
  }

  /** Streams that are cut off at any moment, with a reset as machines that vanish leave it. */
  @Test
  void aStormOfDisconnectsLeavesNothingBehind() throws Exception {
    String body = Chats.chat(100, true);
    Random random = new Random(1);
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Void>> storm = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int lines = random.nextInt(12);
        boolean reset = random.nextBoolean();
        storm.add(
            () -> {
              try (Socket socket = new Socket("127.0.0.1", server.port())) {
                socket.setSoLinger(reset, 0);
                send(socket, head(body.length()) + body);
                BufferedReader in =
                    new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
                for (int line = 0; line < lines; line++) {
                  in.readLine();
                }
              }
              return null;
            });
      }
      for (Future<Void> one : callers.invokeAll(storm)) {
        one.get();
      }
    }
    awaitQuiet(server);
    assertThat(ask(server.url(), Chats.chat(5, false)).statusCode()).isEqualTo(200);
  }

  private static void awaitQuiet(MillraceServer server) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    String last = "";
    HttpRequest asked = HttpRequest.newBuilder(URI.create(server.url()).resolve("metrics")).build();
    while (System.nanoTime() < end) {
      last = CLIENT.send(asked, HttpResponse.BodyHandlers.ofString()).body();
      if (last.contains("num_requests_running{model_name=\"qwen\"} 0")
          && last.contains("num_requests_waiting{model_name=\"qwen\"} 0")) {
        return;
      }
    }
    throw new AssertionError("still busy: " + last);
  }

  /** Ten minutes at full load ({@code millrace.test.soak} seconds): flat memory, no error. */
  @Test
  @Tag("long")
  void aSoakLeavesMemoryFlat() throws Exception {
    long seconds = Long.getLong("millrace.test.soak", 600);
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    long third = System.nanoTime() + Duration.ofSeconds(seconds / 3).toNanos();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> load = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        load.add(
            callers.submit(
                () -> {
                  int count = 0;
                  while (System.nanoTime() < end) {
                    ThreadLocalRandom random = ThreadLocalRandom.current();
                    String body = Chats.chat(1 + random.nextInt(120), random.nextBoolean());
                    assertThat(ask(server.url(), body).statusCode()).isEqualTo(200);
                    count++;
                  }
                  return count;
                }));
      }
      while (System.nanoTime() < third) {
        ask(server.url(), Chats.chat(1, false));
      }
      long before = resident();
      int answers = 0;
      for (Future<Integer> one : load) {
        answers += one.get();
      }
      awaitQuiet(server);
      assertThat(answers).isGreaterThan(24);
      assertThat(resident()).isLessThan(before + (64L << 20));
    }
  }

  /** Bytes of the worker in memory. */
  private static long resident() throws Exception {
    Path status = Path.of("/proc/" + server.worker("qwen") + "/status");
    org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(status), "needs /proc");
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }
}

package io.millrace.train;

import static io.millrace.model.layer.Layers.dense;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.model.Sequential;
import io.millrace.tensor.Shape;
import io.millrace.train.listener.TensorBoard;
import io.millrace.train.listener.Webhook;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is told outside this process. */
class ListenersTest {
  private static final Dataset LINE =
      new Dataset(
          "line",
          Rows.of(new float[] {0, 1, 2, 3}, Shape.of(1)),
          new Targets.Numbers(Rows.of(new float[] {1, 3, 5, 7}, Shape.of(1)), List.of("y")));

  @TempDir private Path folder;

  private static TrainingResult fit(TrainingListener listener) {
    return Trainer.of(Sequential.of(dense(1))).batch(2).epochs(3).listeners(listener).fit(LINE);
  }

  @Test
  void aWebhookGetsEveryEpochAndTheEnd() throws Exception {
    BlockingQueue<String> posted = new LinkedBlockingQueue<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          posted.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    try {
      URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hook");
      fit(new Webhook(address)).close();
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 4; i++) {
        all.append(posted.poll(20, TimeUnit.SECONDS));
      }
      assertThat(all).contains("\"epoch\":3", "\"event\":\"end\"", "\"loss\"");
    } finally {
      server.stop(0);
    }
    // Nobody listens there any more: training does not mind.
    URI dead = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hook");
    try (TrainingResult result = fit(new Webhook(dead))) {
      assertThat(result.history().epochs()).hasSize(3);
    }
    assertThatThrownBy(() -> new Webhook(URI.create("file:/x"))).hasMessageContaining("http");
  }

  @Test
  void aListenerThatThrowsIsReported() {
    TrainingListener buggy =
        new TrainingListener() {
          @Override
          public void finished(Training training, History.Epoch epoch) {
            throw new IllegalStateException("mine");
          }
        };
    try (TrainingResult result = fit(buggy)) {
      assertThat(result.history().epochs()).hasSize(3);
      assertThat(result.failures()).hasSize(1).first().asString().contains("mine");
    }
  }

  @Test
  void realTensorBoardReadsTheEvents() throws Exception {
    String python = System.getenv("MILLRACE_TEST_PYTHON");
    Assumptions.assumeTrue(python != null, "needs MILLRACE_TEST_PYTHON: a Python with tensorboard");
    Path board = folder.resolve("board");
    double last;
    try (TrainingResult result = fit(new TensorBoard(board, 1))) {
      last = result.history().last().metric("loss");
    }
    Path script =
        Files.writeString(
            folder.resolve("read.py"),
            """
            import sys
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            a = EventAccumulator(sys.argv[1]); a.Reload()
            print(len(a.Scalars("step/loss")), [s.step for s in a.Scalars("epoch/loss")], repr(a.Scalars("epoch/loss")[-1].value))
            """);
    Process process =
        new ProcessBuilder(python, script.toString(), board.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).startsWith("6 [1, 2, 3]");
    double read = Double.parseDouble(said.substring(said.lastIndexOf(' ')).strip());
    assertThat(read).isCloseTo(last, org.assertj.core.data.Offset.offset(1e-6));
  }
}

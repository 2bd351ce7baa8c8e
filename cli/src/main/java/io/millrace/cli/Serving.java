package io.millrace.cli;

import io.millrace.serve.LanguageDeployment;
import io.millrace.server.MillraceServer;
import io.millrace.server.ServerException;
import io.millrace.server.ServingOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** Serves until the process is asked to end. */
final class Serving {
  private Serving() {}

  /** Finds a taken port before minutes of training, not after. */
  static void checkFree(int port) {
    if (port < 0 || port > 65535) {
      throw new CliException("port", port);
    }
    if (port == 0) {
      return;
    }
    try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      probe.setReuseAddress(true);
    } catch (IOException e) {
      throw new CliException("port.taken", port, port + 1);
    }
  }

  static int run(
      String host,
      int port,
      Map<String, Path> packages,
      ServingOptions options,
      Consumer<String> ready) {
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    try (MillraceServer server = MillraceServer.start(host, port, packages, options)) {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    end.countDown();
                    awaitQuietly(closed);
                  }));
      server.awaitReady(Duration.ofMinutes(10));
      boolean texts = packages.values().stream().anyMatch(LanguageDeployment::fits);
      Console.info(Text.of(texts ? "serving.texts" : "serving", server.url()));
      ready.accept(server.url());
      awaitQuietly(end);
    } catch (ServerException e) {
      closed.countDown();
      throw e;
    } finally {
      closed.countDown();
    }
    return 0;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.millrace.cli;

import io.millrace.train.Stop;
import java.time.Duration;

/** Ctrl-C and SIGTERM: a training saves a checkpoint before the process ends. */
final class Interrupt {
  private static final Duration LONGEST = Duration.ofSeconds(20);

  private Interrupt() {}

  /** A stop that the signals request; the process waits until the training has saved. */
  static Stop onSignal() {
    Stop stop = new Stop();
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("millrace-interrupt")
                .unstarted(
                    () -> {
                      stop.request();
                      boolean ended = stop.await(LONGEST);
                      if (!ended || stop.isHeeded()) {
                        // The main thread may not live long enough to say it.
                        Console.info(Text.of(ended ? "interrupt.saved" : "interrupt.late"));
                      }
                    }));
    return stop;
  }
}

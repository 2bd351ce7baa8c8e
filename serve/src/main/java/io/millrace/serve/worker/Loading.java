package io.millrace.serve.worker;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Loads models on a thread that ends before another one computes with them. Every thread that
 * starts parallel work gets helpers of its own from the OpenMP runtime; where there are more of
 * them than processors, it lets all of them sleep between two operators, and waking one costs more
 * than a small operator computes: writing was half as quick (docs/decisions/0010).
 */
public final class Loading {
  private Loading() {}

  /** Does the work on a thread of its own and waits for that thread's end. */
  public static <T> T on(Supplier<T> work) {
    CompletableFuture<T> made = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .name("millrace-loading")
            .start(
                () -> {
                  try {
                    made.complete(work.get());
                  } catch (Throwable e) {
                    made.completeExceptionally(e);
                  }
                });
    try {
      thread.join();
      return made.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }
}

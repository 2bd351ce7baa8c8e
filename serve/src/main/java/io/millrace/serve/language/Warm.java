package io.millrace.serve.language;

import io.millrace.model.generation.Choice;
import io.millrace.serve.engine.Listener;
import java.util.concurrent.CompletableFuture;

/** Waits for a first request. */
record Warm(CompletableFuture<Void> done) implements Listener {
  @Override
  public boolean token(int copy, Choice choice) {
    return true;
  }

  @Override
  public void finished(int copy, Finish finish) {
    done.complete(null);
  }

  @Override
  public void failed(RuntimeException problem) {
    done.completeExceptionally(problem);
  }
}

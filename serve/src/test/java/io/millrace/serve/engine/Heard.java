package io.millrace.serve.engine;

import io.millrace.model.generation.Choice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Keeps what it hears and waits for the end. */
class Heard implements Listener {
  private final List<List<Choice>> choices = new ArrayList<>();
  private final List<CompletableFuture<Finish>> ends = new ArrayList<>();
  private final CountDownLatch first = new CountDownLatch(1);

  Heard(int copies) {
    for (int i = 0; i < copies; i++) {
      choices.add(new ArrayList<>());
      ends.add(new CompletableFuture<>());
    }
  }

  @Override
  public boolean token(int copy, Choice choice) {
    choices.get(copy).add(choice);
    first.countDown();
    return true;
  }

  @Override
  public void finished(int copy, Finish finish) {
    ends.get(copy).complete(finish);
  }

  @Override
  public void failed(RuntimeException problem) {
    ends.forEach(end -> end.completeExceptionally(problem));
  }

  void awaitFirst() throws InterruptedException {
    first.await(60, TimeUnit.SECONDS);
  }

  Finish finish(int copy) {
    return ends.get(copy).orTimeout(60, TimeUnit.SECONDS).join();
  }

  List<Choice> choices(int copy) {
    finish(copy);
    return choices.get(copy);
  }

  long[] ids(int copy) {
    return choices(copy).stream().mapToLong(Choice::id).toArray();
  }
}

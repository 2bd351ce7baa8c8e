package io.millrace.serve.language;

import io.millrace.ground.json.Json;
import io.millrace.serve.engine.EngineState;
import io.millrace.serve.engine.LanguageEngine;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.node.ObjectNode;

/** Texts in, what a {@link Reader} finds out: on a thread of its own, requests in their order. */
final class ReadingEngine implements TextWork {
  private final Reader reader;
  private final ExecutorService thread;
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicLong read = new AtomicLong();
  private volatile long lastStep = System.nanoTime();

  ReadingEngine(Reader reader, String name) {
    this.reader = reader;
    this.thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("millrace-reads-" + name).factory());
  }

  @Override
  public void warmUp() {
    thread.submit(reader::warmUp);
  }

  @Override
  public LanguageEngine.Ticket begin(ObjectNode request, Events events) {
    Pending pending = new Pending(reader.prepare(request), events);
    if (waiting.getAndIncrement() == 0 && running.get() == 0) {
      lastStep = System.nanoTime();
    }
    thread.execute(pending);
    return pending;
  }

  /** A request in the line. */
  private final class Pending implements Runnable, LanguageEngine.Ticket {
    private final Reader.Task task;
    private final Events events;
    private volatile boolean cancelled;

    Pending(Reader.Task task, Events events) {
      this.task = task;
      this.events = events;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public void run() {
      lastStep = System.nanoTime();
      waiting.decrementAndGet();
      if (cancelled) {
        return;
      }
      running.incrementAndGet();
      try {
        long tokens = task.tokens();
        for (ObjectNode piece : task.run()) {
          events.piece(piece);
        }
        read.addAndGet(tokens);
        ObjectNode usage = Json.object();
        usage.put("prompt_tokens", tokens);
        usage.put("completion_tokens", 0);
        events.done(usage);
      } catch (RuntimeException e) {
        events.failed(e);
      } finally {
        running.decrementAndGet();
      }
    }
  }

  @Override
  public EngineState state() {
    return EngineState.reading(running.get(), waiting.get(), read.get(), lastStep);
  }

  @Override
  public void close() {
    thread.shutdown();
    reader.close();
  }
}

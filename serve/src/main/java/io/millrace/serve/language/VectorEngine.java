package io.millrace.serve.language;

import io.millrace.ground.json.Json;
import io.millrace.serve.ServeException;
import io.millrace.serve.engine.EngineState;
import io.millrace.serve.engine.LanguageEngine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Texts in, vectors out: a folder's encoder on a thread of its own, requests in their order. A
 * request has {@code texts}, or {@code ids}, a list of lists; a piece is the {@code vector} of the
 * text of number {@code copy}.
 */
public final class VectorEngine implements TextWork {
  private final TextEmbedder embedder;
  private final ExecutorService thread;
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong read = new AtomicLong();

  private VectorEngine(TextEmbedder embedder, String name) {
    this.embedder = embedder;
    this.thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("millrace-vectors-" + name).factory());
  }

  /** Opens a folder. */
  static VectorEngine open(Path folder, Precision precision) {
    TextEmbedder embedder = TextEmbedder.open(folder, null, precision.weights());
    return new VectorEngine(embedder, String.valueOf(folder.getFileName()));
  }

  @Override
  public void warmUp() {
    thread.submit(() -> embedder.embed(List.of("warm")));
  }

  @Override
  public LanguageEngine.Ticket begin(ObjectNode request, Events events) {
    List<long[]> ids = ids(request);
    Pending pending = new Pending(ids, events);
    waiting.incrementAndGet();
    thread.execute(pending);
    return pending;
  }

  private List<long[]> ids(ObjectNode request) {
    List<long[]> all = new ArrayList<>();
    if (request.has("texts")) {
      List<String> texts = new ArrayList<>();
      request.path("texts").forEach(text -> texts.add(text.asString("")));
      return embedder.ids(texts);
    }
    if (!request.has("ids")) {
      throw ServeException.wrong("engine.vectors");
    }
    for (JsonNode row : request.path("ids")) {
      long[] ids = new long[row.size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = row.get(i).asLong(-1);
      }
      all.add(ids);
    }
    return all;
  }

  /** A request in the line. */
  private final class Pending implements Runnable, LanguageEngine.Ticket {
    private final List<long[]> ids;
    private final Events events;
    private volatile boolean cancelled;

    Pending(List<long[]> ids, Events events) {
      this.ids = ids;
      this.events = events;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public void run() {
      waiting.decrementAndGet();
      if (cancelled) {
        return;
      }
      try {
        long tokens = ids.stream().mapToLong(one -> one.length).sum();
        List<float[]> vectors = embedder.embedIds(ids);
        read.addAndGet(tokens);
        for (int i = 0; i < vectors.size(); i++) {
          ObjectNode piece = Json.object();
          piece.put("copy", i);
          ArrayNode vector = piece.putArray("vector");
          for (float value : vectors.get(i)) {
            vector.add(value);
          }
          events.piece(piece);
        }
        ObjectNode usage = Json.object();
        usage.put("prompt_tokens", tokens);
        usage.put("completion_tokens", 0);
        events.done(usage);
      } catch (RuntimeException e) {
        events.failed(e);
      }
    }
  }

  @Override
  public EngineState state() {
    return EngineState.reading(waiting.get(), read.get());
  }

  @Override
  public void close() {
    thread.shutdown();
    embedder.close();
  }
}

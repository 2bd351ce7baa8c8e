package io.millrace.server;

import io.javalin.http.Context;
import io.millrace.ground.json.Json;
import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.ServeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What comes of the prompts of one request, in the order in which it comes. */
final class OpenAiEvents implements AutoCloseable {
  /** What comes. */
  sealed interface Event {}

  /**
   * Some text, or a vector.
   *
   * @param index of the answer among all of the request
   * @param calls functions that are called
   * @param found a vector, a score, or what a model says of a text
   * @param finish why it ended; absent: it goes on
   */
  record Piece(
      int index,
      String text,
      JsonNode tokens,
      JsonNode calls,
      JsonNode found,
      @Nullable String finish)
      implements Event {}

  /**
   * All is written.
   *
   * @param spans where the time went, in milliseconds; empty where nobody knows
   */
  record Done(JsonNode usage, JsonNode spans) implements Event {}

  /** Nothing more comes. */
  record Failed(ServeException problem) implements Event {}

  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final List<Runnable> cancels = new ArrayList<>();
  private final AtomicInteger open;
  private final AtomicLong read = new AtomicLong();
  private final AtomicLong written = new AtomicLong();

  private OpenAiEvents(int prompts) {
    open = new AtomicInteger(prompts);
  }

  /** Begins to write the answers of a request; closing cancels what is not written. */
  static OpenAiEvents of(Models models, OpenAiRequest request) {
    OpenAiEvents events = new OpenAiEvents(request.requests().size());
    try {
      for (int i = 0; i < request.requests().size(); i++) {
        int first = i * request.copies();
        events.begin(models, request.model(), request.requests().get(i), first);
      }
    } catch (RuntimeException e) {
      events.close();
      throw e;
    }
    return events;
  }

  /** Asks for something that comes in one answer. */
  static OpenAiEvents of(Models models, String name, ObjectNode request) {
    OpenAiEvents events = new OpenAiEvents(1);
    events.begin(models, name, request, 0);
    return events;
  }

  private void begin(Models models, String name, ObjectNode request, int first) {
    LanguageDeployment model = models.language(name);
    String adapter = models.adapter(name);
    if (adapter != null) {
      request.put("adapter", adapter);
    }
    while (true) {
      try {
        cancels.add(model.write(request, reader(first)));
        return;
      } catch (ServeException e) {
        LanguageDeployment now = models.language(name);
        if (now == model || !e.key().equals("worker.unloaded")) {
          throw e;
        }
        model = now; // another was put in its place in this very moment
      }
    }
  }

  private LanguageDeployment.Reader reader(int first) {
    return new LanguageDeployment.Reader() {
      @Override
      public void piece(JsonNode piece) {
        String finish = piece.path("finish").asString(null);
        events.add(
            new Piece(
                first + piece.path("copy").asInt(),
                piece.path("text").asString(""),
                piece.path("tokens"),
                piece.path("calls"),
                found(piece),
                finish));
      }

      @Override
      public void done(JsonNode usage) {
        read.addAndGet(usage.path("prompt_tokens").asLong());
        written.addAndGet(usage.path("completion_tokens").asLong());
        if (open.decrementAndGet() == 0) {
          events.add(new Done(usage(read.get(), written.get()), usage.path("spans")));
        }
      }

      @Override
      public void failed(ServeException problem) {
        events.add(new Failed(problem));
      }
    };
  }

  private static JsonNode found(JsonNode piece) {
    for (String key : new String[] {"vector", "score", "said"}) {
      if (piece.has(key)) {
        return piece.path(key);
      }
    }
    return piece.path("vector");
  }

  private static JsonNode usage(long read, long written) {
    ObjectNode usage = Json.object();
    usage.put("prompt_tokens", read);
    usage.put("completion_tokens", written);
    usage.put("total_tokens", read + written);
    return usage;
  }

  /**
   * Waits for all of an answer.
   *
   * @param each hears of pieces
   * @throws ServeException if it failed, or the client has gone
   */
  Done all(Context ctx, Consumer<Piece> each) throws InterruptedException {
    ServeException gone = ServeException.unavailable("worker.gone");
    try (Hangups.Watch watch = Hangups.watch(ctx, () -> events.add(new Failed(gone)))) {
      while (true) {
        switch (events.take()) {
          case Piece piece -> each.accept(piece);
          case Failed failed -> throw failed.problem();
          case Done done -> {
            return done;
          }
        }
      }
    }
  }

  @Nullable Event poll(long time, TimeUnit unit) throws InterruptedException {
    return events.poll(time, unit);
  }

  @Override
  public void close() {
    cancels.forEach(Runnable::run);
  }
}

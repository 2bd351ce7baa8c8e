package io.millrace.server;

import io.millrace.ground.json.Json;
import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.ServeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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
   * @param finish why it ended; absent: it goes on
   */
  record Piece(int index, String text, JsonNode tokens, JsonNode vector, @Nullable String finish)
      implements Event {}

  /** All is written. */
  record Done(JsonNode usage) implements Event {}

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
  static OpenAiEvents of(LanguageDeployment model, OpenAiRequest request) {
    OpenAiEvents events = new OpenAiEvents(request.requests().size());
    try {
      for (int i = 0; i < request.requests().size(); i++) {
        int first = i * request.copies();
        events.cancels.add(model.write(request.requests().get(i), events.reader(first)));
      }
    } catch (RuntimeException e) {
      events.close();
      throw e;
    }
    return events;
  }

  /** Asks for something that comes in one answer. */
  static OpenAiEvents of(LanguageDeployment model, ObjectNode request) {
    OpenAiEvents events = new OpenAiEvents(1);
    events.cancels.add(model.write(request, events.reader(0)));
    return events;
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
                piece.path("vector"),
                finish));
      }

      @Override
      public void done(JsonNode usage) {
        read.addAndGet(usage.path("prompt_tokens").asLong());
        written.addAndGet(usage.path("completion_tokens").asLong());
        if (open.decrementAndGet() == 0) {
          events.add(new Done(usage(read.get(), written.get())));
        }
      }

      @Override
      public void failed(ServeException problem) {
        events.add(new Failed(problem));
      }
    };
  }

  private static JsonNode usage(long read, long written) {
    ObjectNode usage = Json.object();
    usage.put("prompt_tokens", read);
    usage.put("completion_tokens", written);
    usage.put("total_tokens", read + written);
    return usage;
  }

  Event take() throws InterruptedException {
    return events.take();
  }

  @Nullable Event poll(long time, TimeUnit unit) throws InterruptedException {
    return events.poll(time, unit);
  }

  @Override
  public void close() {
    cancels.forEach(Runnable::run);
  }
}

package io.millrace.serve;

import io.millrace.ground.json.Json;
import io.millrace.ground.message.Language;
import io.millrace.serve.language.Precision;
import io.millrace.serve.worker.Frame;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A folder's language model that is served: a worker process writes, this process never loads
 * libtorch. Requests and pieces are those of {@link io.millrace.serve.language.TextEngine} and
 * {@link io.millrace.serve.language.VectorEngine}.
 */
public final class LanguageDeployment implements AutoCloseable {
  /** Who reads along; called on a thread of the connection, which must not be held up. */
  public interface Reader {
    /** Some text of a copy, or its end. */
    void piece(JsonNode piece);

    /** All is written. */
    void done(JsonNode usage);

    /** Nothing more comes; the key says what happened in every language. */
    void failed(ServeException problem);
  }

  private final String name;
  private final Path folder;
  private final Supervisor supervisor;
  private final long created = System.currentTimeMillis() / 1000;

  private LanguageDeployment(String name, Path folder, Supervisor supervisor) {
    this.name = name;
    this.folder = folder;
    this.supervisor = supervisor;
  }

  /** Whether a folder holds a language model and no package of ours. */
  public static boolean fits(Path folder) {
    return Files.exists(folder.resolve("config.json"))
        && !Files.exists(folder.resolve("millrace.yaml"));
  }

  /** Starts the worker; {@link #awaitReady} waits for it. */
  public static LanguageDeployment start(String name, Path folder, Precision precision) {
    Supervisor supervisor =
        Supervisor.start(name, folder.toAbsolutePath(), List.of(precision.word()));
    return new LanguageDeployment(name, folder, supervisor);
  }

  /** The name under which it is served. */
  public String name() {
    return name;
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** When it was started, in seconds of Unix time. */
  public long created() {
    return created;
  }

  /** Whether a worker is there to answer. */
  public boolean isReady() {
    return supervisor.isReady();
  }

  /** The worker's process id, if one runs. */
  public @Nullable Long pid() {
    return supervisor.pid();
  }

  /** Waits for the worker. */
  public void awaitReady(Duration most) {
    supervisor.awaitReady(most);
  }

  /**
   * Begins to write.
   *
   * @return cancels it
   * @throws ServeException if no worker runs
   */
  public Runnable write(ObjectNode request, Reader reader) {
    return supervisor.worker().stream(
        Frame.Kind.WRITE,
        Json.text(request),
        new WorkerConnection.Sink() {
          @Override
          public void frame(Frame frame) {
            switch (frame.kind()) {
              case PIECE -> reader.piece(read(frame));
              case ANSWER -> reader.done(read(frame));
              default -> reader.failed(problem(frame));
            }
          }

          @Override
          public void lost(ServeException problem) {
            reader.failed(problem);
          }
        });
  }

  private static JsonNode read(Frame frame) {
    return Json.read(frame.texts().getFirst(), "worker");
  }

  private static ServeException problem(Frame frame) {
    List<String> texts = frame.texts();
    String said = texts.get(1 + Language.current().ordinal());
    return switch (texts.getFirst()) {
      case "engine.busy" -> ServeException.unavailable("worker.busy", said);
      case "engine.closed" -> ServeException.unavailable("worker.said", said);
      case "engine.context", "engine.long" -> ServeException.wrong("worker.context", said);
      case "bug" -> ServeException.wrong("worker.bug", said);
      default -> ServeException.wrong("worker.said", said);
    };
  }

  /**
   * What the engine is doing, as JSON.
   *
   * @throws ServeException if no worker answers within the time
   */
  public JsonNode state(Duration most) {
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    supervisor.worker().stream(
        Frame.Kind.STATE,
        "",
        new WorkerConnection.Sink() {
          @Override
          public void frame(Frame frame) {
            answer.complete(read(frame));
          }

          @Override
          public void lost(ServeException problem) {
            answer.completeExceptionally(problem);
          }
        });
    try {
      return answer.orTimeout(most.toMillis(), TimeUnit.MILLISECONDS).join();
    } catch (java.util.concurrent.CompletionException e) {
      throw e.getCause() instanceof ServeException problem
          ? problem
          : ServeException.unavailable("worker.silent", name, most.toMillis());
    }
  }

  /** Ends the worker. */
  @Override
  public void close() {
    supervisor.close();
  }
}

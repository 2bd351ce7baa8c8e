package io.millrace.serve;

import io.millrace.ground.json.Json;
import io.millrace.ground.message.Language;
import io.millrace.serve.language.GgufFolder;
import io.millrace.serve.language.Precision;
import io.millrace.serve.worker.Frame;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A folder's language model that is served: a worker process writes, this process never loads
 * libtorch. Requests and pieces are those of {@link io.millrace.serve.language.TextEngine} and of
 * the readers beside it.
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

  /** What a worker is doing, so old that it no longer does it. */
  private static final double STUCK_SECONDS = Long.getLong("millrace.stuck.seconds", 60);

  private static final Duration START = Duration.ofMinutes(10);

  /**
   * How a model is served.
   *
   * @param precision of its weights
   * @param idle after how long without requests its worker ends, until the next request; zero:
   *     never
   * @param adapters LoRA folders by name: each request is answered with one of them, or none
   */
  public record Options(Precision precision, Duration idle, Map<String, Path> adapters) {
    /** As stored, always there. */
    public static final Options USUAL = new Options(Precision.AS_STORED, Duration.ZERO);

    /** Keeps its own copy. */
    public Options {
      adapters = Map.copyOf(adapters);
    }

    /** Without adapters. */
    public Options(Precision precision, Duration idle) {
      this(precision, idle, Map.of());
    }

    private List<String> arguments() {
      List<String> all = new ArrayList<>(List.of(precision.word()));
      new TreeMap<>(adapters).forEach((name, path) -> all.add(name + "=" + path.toAbsolutePath()));
      return all;
    }
  }

  private final String name;
  private final Path folder;
  private final Options options;
  private final Traffic traffic = new Traffic();
  private final ReentrantLock lock = new ReentrantLock();
  private final long created = System.currentTimeMillis() / 1000;
  private @Nullable Supervisor supervisor;
  private boolean closed;

  private LanguageDeployment(String name, Path folder, Options options) {
    this.name = name;
    this.folder = folder;
    this.options = options;
  }

  /** Whether it is a GGUF file or a Hugging Face folder, with Millrace's papers or without. */
  public static boolean fits(Path folder) {
    return GgufFolder.fits(folder) || Files.exists(folder.resolve("config.json"));
  }

  /** Starts the worker; {@link #awaitReady} waits for it. */
  public static LanguageDeployment start(String name, Path folder, Options options) {
    LanguageDeployment model = new LanguageDeployment(name, folder, options);
    model.awake();
    return model;
  }

  /** The worker's supervisor; a sleeping worker is started. */
  private Supervisor awake() {
    lock.lock();
    try {
      if (closed) {
        throw ServeException.unavailable("worker.unloaded", name);
      }
      Supervisor running = supervisor;
      if (running == null) {
        running = Supervisor.start(name, folder.toAbsolutePath(), options.arguments());
        supervisor = running;
      }
      return running;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Supervisor running() {
    lock.lock();
    try {
      return supervisor;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the worker if nobody has asked for so long as the options say. */
  public void sleepIfIdle() {
    lock.lock();
    try {
      if (supervisor != null
          && options.idle.isPositive()
          && traffic.isIdleFor(options.idle)
          && supervisor.isReady()) {
        supervisor.close();
        supervisor = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether its worker ended because nobody asked. */
  public boolean isAsleep() {
    lock.lock();
    try {
      return supervisor == null && !closed;
    } finally {
      lock.unlock();
    }
  }

  /** How it is served. */
  public Options options() {
    return options;
  }

  /** Requests that are answered now. */
  public int open() {
    return traffic.open();
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

  /**
   * Whether requests are answered: the worker runs and has made a step lately, or sleeps and will
   * be started.
   */
  public boolean isReady() {
    Supervisor now = running();
    if (now == null) {
      return isAsleep();
    }
    if (!now.isReady()) {
      return false;
    }
    try {
      return state(Duration.ofSeconds(2)).path("sinceStep").asDouble() < STUCK_SECONDS;
    } catch (ServeException e) {
      return false;
    }
  }

  /** The worker's process id, if one runs. */
  public @Nullable Long pid() {
    Supervisor now = running();
    return now == null ? null : now.pid();
  }

  /** Waits for the worker. */
  public void awaitReady(Duration most) {
    awake().awaitReady(most);
  }

  /**
   * Begins to write; waits where the worker slept.
   *
   * @return cancels it
   * @throws ServeException if no worker runs
   */
  public Runnable write(ObjectNode request, Reader reader) {
    Runnable over = traffic.enter();
    try {
      boolean slept = isAsleep();
      Supervisor now = awake();
      if (slept) {
        now.awaitReady(START);
      }
      Runnable cancel =
          now.worker().stream(Frame.Kind.WRITE, Json.text(request), new Told(reader, over));
      return () -> {
        cancel.run();
        over.run();
      };
    } catch (RuntimeException e) {
      over.run();
      throw e;
    }
  }

  /** Takes frames to a reader. */
  private record Told(Reader reader, Runnable over) implements WorkerConnection.Sink {
    @Override
    public void frame(Frame frame) {
      switch (frame.kind()) {
        case PIECE -> reader.piece(read(frame));
        case ANSWER -> {
          over.run();
          reader.done(read(frame));
        }
        default -> {
          over.run();
          reader.failed(problem(frame));
        }
      }
    }

    @Override
    public void lost(ServeException problem) {
      over.run();
      reader.failed(problem);
    }
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
    awake().worker().stream(
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

  /** Waits until no request is answered any more; false if the time is over before. */
  public boolean awaitQuiet(Duration most) {
    return traffic.awaitQuiet(most);
  }

  /** Ends the worker. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      if (supervisor != null) {
        supervisor.close();
        supervisor = null;
      }
    } finally {
      lock.unlock();
    }
  }
}

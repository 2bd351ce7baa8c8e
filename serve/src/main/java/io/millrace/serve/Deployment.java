package io.millrace.serve;

import io.millrace.ground.message.Language;
import io.millrace.model.ModelPackage;
import io.millrace.serve.worker.Frame;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A model package that answers from a worker process of its own. This process loads no engine: a
 * crash in native code ends the worker, callers in flight get a clear error, and another worker
 * starts at once; after several crashes in a row it pauses before the next try.
 */
public final class Deployment implements AutoCloseable {
  private final String name;
  private final Path folder;
  private final ModelPackage model;
  private final Supervisor supervisor;
  private final Traffic traffic = new Traffic();

  private Deployment(String name, Path folder, ModelPackage model, Supervisor supervisor) {
    this.name = name;
    this.folder = folder;
    this.model = model;
    this.supervisor = supervisor;
  }

  /** Reads the package's papers and starts its worker; {@link #awaitReady} waits for it. */
  public static Deployment start(String name, Path folder) {
    ModelPackage model = ModelPackage.read(folder);
    return new Deployment(
        name, folder, model, Supervisor.start(name, folder.toAbsolutePath(), List.of()));
  }

  /** The name under which it is served. */
  public String name() {
    return name;
  }

  /** The package's folder. */
  public Path folder() {
    return folder;
  }

  /** The package's papers. */
  public ModelPackage model() {
    return model;
  }

  /** Whether a worker is there to answer. */
  public boolean isReady() {
    return supervisor.isReady();
  }

  /** The worker's process id, if one runs. */
  public @Nullable Long pid() {
    return supervisor.pid();
  }

  /**
   * Waits for the worker.
   *
   * @throws ServeException if it cannot load the package, or the time is over
   */
  public void awaitReady(java.time.Duration most) {
    supervisor.awaitReady(most);
  }

  /** Asks for a prediction. */
  public CompletableFuture<List<Values>> predict(List<Values> inputs) {
    return ask(Frame.Kind.PREDICT, 0, inputs);
  }

  /**
   * Asks for a prediction of one row with its explanation; target −1 explains the chosen output.
   */
  public CompletableFuture<List<Values>> explain(List<Values> inputs, int target) {
    return ask(Frame.Kind.EXPLAIN, target, inputs);
  }

  private CompletableFuture<List<Values>> ask(Frame.Kind kind, int argument, List<Values> inputs) {
    Runnable over = traffic.enter();
    return supervisor
        .ask(kind, argument, inputs)
        .whenComplete((frame, e) -> over.run())
        .thenApply(Deployment::values);
  }

  private static List<Values> values(Frame frame) {
    if (frame.kind() == Frame.Kind.FAILED) {
      // The worker sends its key and the text in every language, in the order of the enumeration.
      throw ServeException.wrong(
          "worker.said", frame.texts().get(1 + Language.current().ordinal()));
    }
    return frame.values();
  }

  /** Waits until no request is answered any more; false if the time is over before. */
  public boolean awaitQuiet(java.time.Duration most) {
    return traffic.awaitQuiet(most);
  }

  /** Ends the worker. */
  @Override
  public void close() {
    supervisor.close();
  }
}

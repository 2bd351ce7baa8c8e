package io.millrace.serve.engine;

/** Writes texts for many at once, on a thread of its own. */
public interface TextWriter extends AutoCloseable {
  /**
   * Takes a request on.
   *
   * @throws io.millrace.serve.ServeException if it does not fit the model, or the queue is full
   */
  LanguageEngine.Ticket submit(Order order, Listener listener);

  /** What it is doing. */
  EngineState state();

  /** Ends it; what still waits or writes fails. */
  @Override
  void close();
}

package io.millrace.serve.language;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Reads texts and tells what it finds, all of a request at once. */
interface Reader extends AutoCloseable {
  /** A request that was understood. */
  interface Task {
    /** Tokens that are read. */
    long tokens();

    /** Reads; one piece for each text. */
    List<ObjectNode> run();
  }

  /**
   * Understands a request, on any thread.
   *
   * @throws io.millrace.ground.message.Problem if it is wrong
   */
  Task prepare(ObjectNode request);

  /** Makes a first pass. */
  void warmUp();

  @Override
  void close();
}

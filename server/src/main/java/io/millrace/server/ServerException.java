package io.millrace.server;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;

/** A server that cannot start, or a request that cannot be read. */
public final class ServerException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(ServerException.class);
  private final int status;

  ServerException(int status, String key, Object... arguments) {
    super(MESSAGES, key, arguments);
    this.status = status;
  }

  /** The HTTP status that says it. */
  public int status() {
    return status;
  }
}

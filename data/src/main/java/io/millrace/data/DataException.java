package io.millrace.data;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;

/** Data that cannot be used as it is: the message names file, row, column, value and cure. */
public final class DataException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(DataException.class);

  /** A problem with a text from this room's bundle. */
  public DataException(String key, Object... arguments) {
    super(MESSAGES, key, arguments);
  }
}

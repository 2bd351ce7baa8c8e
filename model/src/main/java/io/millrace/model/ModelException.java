package io.millrace.model;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;

/** A network that does not fit together, or a package that is broken; both sides are named. */
public final class ModelException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(ModelException.class);

  /** A problem with a text from this room's bundle. */
  public ModelException(String key, Object... arguments) {
    super(MESSAGES, key, arguments);
  }
}

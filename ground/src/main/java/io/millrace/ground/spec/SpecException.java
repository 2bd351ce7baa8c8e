package io.millrace.ground.spec;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;

/**
 * A spec that cannot be read: the message names file, line, key, value and the nearest valid key.
 */
public final class SpecException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(SpecException.class);

  SpecException(String key, Object... arguments) {
    super(MESSAGES, key, arguments);
  }
}

package io.millrace.train;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;

/** Training that cannot start or go on; the message says where and what to do. */
public final class TrainException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(TrainException.class);

  /** A problem with a text from this room's bundle. */
  public TrainException(String key, Object... arguments) {
    super(MESSAGES, key, arguments);
  }
}

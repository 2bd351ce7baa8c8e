package io.millrace.pipeline;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;

/** A run that cannot be done as it is specified. */
public final class PipelineException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(PipelineException.class);

  /** A problem with a text from this room's bundle. */
  public PipelineException(String key, Object... arguments) {
    super(MESSAGES, key, arguments);
  }
}

package io.millrace.data.template;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;

/** A template that cannot be read or rendered: the message names the line and what is wrong. */
public final class TemplateException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(TemplateException.class);

  /** A problem with a text from this room's bundle. */
  public TemplateException(String key, Object... arguments) {
    super(MESSAGES, key, arguments);
  }
}

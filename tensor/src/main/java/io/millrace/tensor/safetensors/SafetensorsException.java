package io.millrace.tensor.safetensors;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;

/** A file that is no safetensors file, or one that lies about its content. */
public final class SafetensorsException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(SafetensorsException.class);

  SafetensorsException(String key, Object... arguments) {
    super(MESSAGES, key, arguments);
  }
}

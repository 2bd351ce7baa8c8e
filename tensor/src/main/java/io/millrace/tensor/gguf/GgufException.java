package io.millrace.tensor.gguf;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;

/** A file that is no GGUF file, or one that lies about its content. */
public final class GgufException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(GgufException.class);

  GgufException(String key, Object... arguments) {
    super(MESSAGES, key, arguments);
  }
}

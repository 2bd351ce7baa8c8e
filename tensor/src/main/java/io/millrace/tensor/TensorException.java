package io.millrace.tensor;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;

/** A wrong call on a tensor: the message names the operator, both sides and the cure. */
public final class TensorException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(TensorException.class);

  TensorException(String key, Object... arguments) {
    super(MESSAGES, key, arguments);
  }

  /** What libtorch threw, without its C++ stack: the first line says it all. */
  static TensorException refused(String operator, String sides, RuntimeException cause) {
    String message = String.valueOf(cause.getMessage());
    int end = message.indexOf("\nException raised from");
    String first = (end < 0 ? message : message.substring(0, end)).strip();
    int line = first.indexOf('\n');
    return new TensorException(
        "refused", operator, sides, line < 0 ? first : first.substring(0, line), cause);
  }
}

package io.millrace.serve;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;

/** A request that does not fit the model, or a model that cannot answer now. */
public final class ServeException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(ServeException.class);
  private final boolean temporary;

  private ServeException(boolean temporary, String key, Object... arguments) {
    super(MESSAGES, key, arguments);
    this.temporary = temporary;
  }

  /** The request is wrong; the same request will fail again. */
  public static ServeException wrong(String key, Object... arguments) {
    return new ServeException(false, key, arguments);
  }

  /** The model cannot answer now; the same request may succeed in a moment. */
  public static ServeException unavailable(String key, Object... arguments) {
    return new ServeException(true, key, arguments);
  }

  /** Whether trying again makes sense. */
  public boolean isTemporary() {
    return temporary;
  }
}

package io.millrace.ground.message;

import org.jspecify.annotations.Nullable;

/**
 * Something a user can mend: it says the place, the value, what was expected and the cure, in the
 * reader's language. Shown as its one message, never as a stack trace; whatever is not a {@code
 * Problem} is a bug of ours.
 */
public class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Messages messages;
  private final String key;
  private final transient Object[] arguments;

  /**
   * A problem whose text is {@code key} in {@code messages}.
   *
   * @param arguments fill {@code {0}}, {@code {1}} …; a {@link Throwable} as the last one is the
   *     cause and does not count
   */
  public Problem(Messages messages, String key, Object... arguments) {
    super(key, causeIn(arguments));
    this.messages = messages;
    this.key = key;
    this.arguments = arguments.clone();
  }

  /** The text's key, stable across versions and languages. */
  public String key() {
    return key;
  }

  /** The text in the current language. */
  @Override
  public String getMessage() {
    return message(Language.current());
  }

  /** The text in {@code language}. */
  public String message(Language language) {
    return messages.text(language, key, arguments);
  }

  private static @Nullable Throwable causeIn(Object[] arguments) {
    return arguments.length > 0 && arguments[arguments.length - 1] instanceof Throwable cause
        ? cause
        : null;
  }
}

package io.millrace.cli;

import io.millrace.ground.message.Problem;

/** A command that was used wrongly. */
final class CliException extends Problem {
  private static final long serialVersionUID = 1L;

  CliException(String key, Object... arguments) {
    super(Text.MESSAGES, key, arguments);
  }
}

package io.millrace.benchmarks;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;

/** A measurement that cannot be made here; the message says what is missing. */
public final class BenchmarkException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(BenchmarkException.class);

  BenchmarkException(String key, Object... arguments) {
    super(MESSAGES, key, arguments);
  }
}

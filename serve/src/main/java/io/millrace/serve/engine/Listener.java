package io.millrace.serve.engine;

import io.millrace.model.generation.Choice;

/** Hears of a request, on the engine's thread: be quick, and do not throw. */
public interface Listener {
  /** The request no longer waits: its prompt is read now. */
  default void begun() {}

  /** Whether this copy goes on after the token. */
  boolean token(int copy, Choice choice);

  /** This copy is done. */
  void finished(int copy, Finish finish);

  /** The whole request failed; nothing more comes. */
  void failed(RuntimeException problem);

  /** Why a copy ended. */
  enum Finish {
    /** An end token, or the listener wanted no more. */
    STOP,
    /** As many tokens as were asked for. */
    LENGTH,
    /** Its ticket was given back. */
    CANCELLED,
    /** Its deadline passed. */
    DEADLINE
  }
}

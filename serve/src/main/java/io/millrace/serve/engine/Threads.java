package io.millrace.serve.engine;

/** Waits for threads. */
final class Threads {
  private Threads() {}

  /** Waits for a thread's end; an interruption is kept for later. */
  static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

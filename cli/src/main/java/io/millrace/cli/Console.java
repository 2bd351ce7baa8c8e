package io.millrace.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.LoggerFactory;

/** The only place that prints: results on standard output, all else on standard error. */
final class Console {
  private static final PrintStream OUT =
      new PrintStream(
          new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);
  private static final PrintStream ERR =
      new PrintStream(
          new java.io.FileOutputStream(java.io.FileDescriptor.err), true, StandardCharsets.UTF_8);

  /** Tells a process whether the terminal of the one that started it is its own. */
  static final String TERMINAL = "millrace.terminal";

  private Console() {}

  /** A result. */
  static void result(String text) {
    OUT.println(text);
  }

  /** A piece of a result that is still being written. */
  static void piece(String text) {
    OUT.print(text);
    OUT.flush();
  }

  /** Asks for a line. */
  static void prompt(String text) {
    ERR.print(text);
    ERR.flush();
  }

  /** What is going on. */
  static void info(String text) {
    ERR.println(text);
  }

  /** Replaces the last line on a terminal. */
  static void progress(String text) {
    ERR.print("\r" + text + "\u001b[K");
    ERR.flush();
  }

  /** Ends a line of {@link #progress}. */
  static void endProgress() {
    ERR.println();
  }

  /** What went wrong, in a line. */
  static void error(String text) {
    ERR.println((isTerminal() ? "\u001b[31mmillrace:\u001b[0m " : "millrace: ") + text);
  }

  /** A bug's stack, to the log. */
  static void bug(String id, Exception e) {
    LoggerFactory.getLogger(Console.class).error("bug {}", id, e);
  }

  /** Whether somebody watches standard error: then lines are replaced and coloured. */
  static boolean isTerminal() {
    String told = System.getProperty(TERMINAL);
    if (told != null) {
      return Boolean.parseBoolean(told);
    }
    return System.console() != null
        && System.console().isTerminal()
        && !"dumb".equals(System.getenv("TERM"));
  }
}

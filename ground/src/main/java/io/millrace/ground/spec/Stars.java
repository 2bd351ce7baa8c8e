package io.millrace.ground.spec;

/** Names in settings, in which {@code *} stands for any text. */
public final class Stars {
  private Stars() {}

  /** Whether a pattern fits the whole name. */
  public static boolean fit(String pattern, String name) {
    return name.matches("\\Q" + pattern.replace("*", "\\E.*\\Q") + "\\E");
  }
}

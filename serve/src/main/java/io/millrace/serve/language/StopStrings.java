package io.millrace.serve.language;

import java.util.List;

/**
 * Lets text through until a stop string comes. What may be the beginning of one is held back, so
 * that nothing of a stop string is ever seen.
 */
final class StopStrings {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  StopStrings(List<String> stops) {
    this.stops = stops.stream().filter(stop -> !stop.isEmpty()).toList();
  }

  /** Whether a stop string came. */
  boolean stopped() {
    return stopped;
  }

  /** What may be seen after this piece came. */
  String add(String piece) {
    if (stopped) {
      return "";
    }
    held.append(piece);
    int first = -1;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    if (first >= 0) {
      stopped = true;
      String seen = held.substring(0, first);
      held.setLength(0);
      return seen;
    }
    int keep = 0;
    for (String stop : stops) {
      for (int length = Math.min(stop.length() - 1, held.length()); length > keep; length--) {
        if (stop.startsWith(held.substring(held.length() - length))) {
          keep = length;
        }
      }
    }
    String seen = held.substring(0, held.length() - keep);
    held.delete(0, seen.length());
    return seen;
  }

  /** What was held back and turned out to be no stop string. */
  String end() {
    String rest = stopped ? "" : held.toString();
    held.setLength(0);
    return rest;
  }
}

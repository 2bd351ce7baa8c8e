package io.millrace.serve.language;

import java.util.ArrayList;
import java.util.List;

/**
 * Parts an answer that comes piece by piece into what is said and the functions that are called. A
 * call comes when it is whole; what looks like one and cannot be read is said.
 */
final class ToolReader {
  private final ToolFormat format;
  private final StringBuilder held = new StringBuilder();
  private final List<ToolCall> calls = new ArrayList<>();
  private boolean inCall;
  private boolean said;

  /**
   * A reader.
   *
   * @param forced whether the answer is nothing but a call
   */
  ToolReader(ToolFormat format, boolean forced) {
    this.format = format;
    this.inCall = forced && format != ToolFormat.TAGS;
  }

  /** What may be said after this piece came; {@link #calls} may have grown. */
  String add(String piece) {
    held.append(piece);
    StringBuilder seen = new StringBuilder();
    boolean again = true;
    while (again) {
      again = inCall ? endsCall(seen) : beginsCall(seen);
    }
    return seen.toString();
  }

  private boolean beginsCall(StringBuilder seen) {
    if (format == ToolFormat.OBJECT && !said) {
      String start = held.toString().stripLeading();
      if (start.isEmpty()) {
        return false;
      }
      if (start.startsWith("{")) {
        inCall = true;
        return false;
      }
    }
    int at = held.indexOf(format.begin());
    if (at >= 0) {
      say(seen, held.substring(0, at).stripTrailing());
      held.delete(0, at + format.begin().length());
      inCall = true;
      return true;
    }
    int keep = 0;
    for (int length = Math.min(format.begin().length() - 1, held.length()); length > 0; length--) {
      if (format.begin().startsWith(held.substring(held.length() - length))) {
        keep = length;
        break;
      }
    }
    int end = held.length() - keep;
    while (end > 0 && Character.isWhitespace(held.charAt(end - 1))) {
      end--; // blanks before a call are not said
    }
    say(seen, held.substring(0, end));
    held.delete(0, end);
    return false;
  }

  private boolean endsCall(StringBuilder seen) {
    if (format.end().isEmpty()) {
      return false;
    }
    int at = held.indexOf(format.end());
    if (at < 0) {
      return false;
    }
    take(seen, held.substring(0, at), format.end());
    held.delete(0, at + format.end().length());
    inCall = false;
    return true;
  }

  private void take(StringBuilder seen, String text, String end) {
    List<ToolCall> found = format.read(text);
    if (found.isEmpty()) {
      say(seen, format == ToolFormat.OBJECT ? text : format.begin() + text + end);
    }
    calls.addAll(found);
  }

  private void say(StringBuilder seen, String text) {
    // A blank line between calls is no text.
    if (!text.isBlank() || (said && !text.isEmpty())) {
      said = true;
      seen.append(text);
    }
  }

  /** What was held back at the end of the answer and is said. */
  String end() {
    StringBuilder seen = new StringBuilder();
    String rest = held.toString();
    held.setLength(0);
    if (inCall) {
      take(seen, rest, "");
    } else if (calls.isEmpty()) {
      seen.append(rest);
    } else {
      say(seen, rest);
    }
    return seen.toString();
  }

  /** Calls that became whole since this was asked last. */
  List<ToolCall> calls() {
    List<ToolCall> fresh = List.copyOf(calls);
    calls.clear();
    return fresh;
  }
}

package io.millrace.data.template;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One rendering: names and their values, what was written, and the bounds. */
final class Run {
  static final int DEEPEST = 100;
  private static final long MOST_STEPS = 5_000_000;
  static final int LONGEST = 32 << 20;

  /** Names of a block; the outer ones are seen too. */
  private record Frame(Map<String, @Nullable Object> names) {}

  /** Leaves a loop, or goes on with the next round. */
  static final class Jump extends RuntimeException {
    private static final long serialVersionUID = 1L;
    final boolean leaves;

    Jump(boolean leaves) {
      super(null, null, false, false);
      this.leaves = leaves;
    }
  }

  private final Deque<Frame> frames = new ArrayDeque<>();
  private StringBuilder out = new StringBuilder();
  private long steps;
  private int depth;

  /** Where answers of an assistant begin and end in the output, by turns. */
  final java.util.List<int[]> marks = new java.util.ArrayList<>();

  Run(Map<String, ? extends @Nullable Object> names) {
    frames.push(new Frame(new HashMap<>(names)));
  }

  void step() {
    if (++steps > MOST_STEPS) {
      throw new TemplateException("steps", MOST_STEPS);
    }
  }

  void deeper() {
    if (++depth > DEEPEST) {
      throw new TemplateException("deep", DEEPEST);
    }
  }

  void higher() {
    depth--;
  }

  void write(String text) {
    if (out.length() + text.length() > LONGEST) {
      throw new TemplateException("long", LONGEST >> 20);
    }
    out.append(text);
  }

  int written() {
    return out.length();
  }

  String output() {
    return out.toString();
  }

  /** What is written while something runs, apart from the rest. */
  String apart(Runnable body) {
    StringBuilder outer = out;
    out = new StringBuilder();
    try {
      body.run();
      return out.toString();
    } finally {
      out = outer;
    }
  }

  void enter() {
    frames.push(new Frame(new HashMap<>()));
  }

  void leave() {
    frames.pop();
  }

  @Nullable Object get(String name) {
    for (Frame frame : frames) {
      if (frame.names.containsKey(name)) {
        return frame.names.get(name);
      }
    }
    return new Values.Undefined(name);
  }

  void set(String name, @Nullable Object value) {
    frames.getFirst().names.put(name, value);
  }
}

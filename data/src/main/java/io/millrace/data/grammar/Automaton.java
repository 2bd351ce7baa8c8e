package io.millrace.data.grammar;

import io.millrace.data.DataException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads texts of a grammar byte by byte: after each byte a set of frames tells what may follow.
 * States are made when they are first reached and kept, so that a text of a kind seen before costs
 * one look-up a byte. Not for several threads.
 */
final class Automaton {
  /** A state with more readings than this is a grammar that was made to hurt. */
  private static final int MOST_FRAMES = 5000;

  private static final int MOST_KEPT = 50_000;

  /** What was read so far. */
  static final class State {
    private final List<Frame> frames;
    private final boolean accepts;
    private final long least;
    private @Nullable State @Nullable [] next;
    private long known0;
    private long known1;
    private long known2;
    private long known3;

    /** The tokens that may follow; worked out by {@link TokenFilter}. */
    TokenFilter.@Nullable Allowed allowed;

    private State(List<Frame> frames, boolean accepts) {
      this.frames = frames;
      this.accepts = accepts;
      long fewest = accepts ? 0 : Lengths.NEVER;
      for (Frame frame : frames) {
        fewest = Math.min(fewest, frame.least());
      }
      this.least = fewest;
    }

    /** Whether the text may end here. */
    boolean accepts() {
      return accepts;
    }

    /** Whether nothing may follow. */
    boolean isOver() {
      return frames.isEmpty();
    }

    /** The fewest bytes to an end. */
    long least() {
      return least;
    }
  }

  private final Lengths lengths = new Lengths();
  private final Map<Frame, Frame> frames = new HashMap<>();
  private final Map<Set<Frame>, State> states = new HashMap<>();
  private final State start;

  Automaton(Grammar grammar) {
    lengths.of(grammar);
    this.start = state(Set.of(frame(grammar, 0, null)), false);
  }

  /** Before the first byte. */
  State start() {
    return start;
  }

  /** After one more byte; null if none of the texts has it here. */
  @Nullable State step(State state, int value) {
    long bit = 1L << (value & 63);
    long known =
        switch (value >> 6) {
          case 0 -> state.known0;
          case 1 -> state.known1;
          case 2 -> state.known2;
          default -> state.known3;
        };
    @Nullable State[] next = state.next;
    if (next != null && (known & bit) != 0) {
      return next[value];
    }
    if (next == null) {
      next = new State[256];
      state.next = next;
    }
    next[value] = worked(state, value);
    switch (value >> 6) {
      case 0 -> state.known0 |= bit;
      case 1 -> state.known1 |= bit;
      case 2 -> state.known2 |= bit;
      default -> state.known3 |= bit;
    }
    return next[value];
  }

  private @Nullable State worked(State state, int value) {
    Set<Frame> after = new HashSet<>();
    boolean ends = false;
    for (Frame frame : state.frames) {
      if (((Grammar.Bytes) frame.grammar()).set().get(value)) {
        Frame next = frame.next();
        if (next == null) {
          ends = true;
        } else {
          after.add(next);
        }
      }
    }
    return after.isEmpty() && !ends ? null : state(after, ends);
  }

  /** The state of these frames, each of which is opened down to the bytes that it begins with. */
  private State state(Set<Frame> from, boolean ends) {
    boolean accepts = ends;
    List<Frame> first = new ArrayList<>();
    Set<Frame> seen = new HashSet<>(from);
    Deque<Frame> open = new ArrayDeque<>(from);
    while (!open.isEmpty()) {
      Frame frame = open.removeLast();
      if (seen.size() > MOST_FRAMES) {
        throw new DataException("grammar.many", MOST_FRAMES);
      }
      if (frame.grammar() instanceof Grammar.Bytes) {
        first.add(frame);
        continue;
      }
      List<@Nullable Frame> parts = opened(frame);
      for (Frame part : parts) {
        if (part == null) {
          accepts = true;
        } else if (seen.add(part)) {
          open.add(part);
        }
      }
    }
    if (states.size() > MOST_KEPT || frames.size() > 4 * MOST_KEPT) {
      states.clear();
      frames.clear();
    }
    Set<Frame> key = new HashSet<>(first);
    State made = new State(first, accepts);
    if (accepts) {
      key.add(END);
    }
    State old = states.putIfAbsent(key, made);
    return old == null ? made : old;
  }

  private static final Frame END = new Frame(Grammar.EMPTY, -1, null, 0);

  /** What a frame begins with; null stands for the end of the text. */
  private List<@Nullable Frame> opened(Frame frame) {
    Frame next = frame.next();
    List<@Nullable Frame> parts = new ArrayList<>();
    switch (frame.grammar()) {
      case Grammar.Sequence sequence -> {
        List<Grammar> all = sequence.parts();
        if (frame.at() == all.size()) {
          parts.add(next);
        } else {
          boolean last = frame.at() + 1 == all.size();
          Frame rest = last ? next : frame(sequence, frame.at() + 1, next);
          parts.add(frame(all.get(frame.at()), 0, rest));
        }
      }
      case Grammar.Choice(List<Grammar> options) ->
          options.forEach(option -> parts.add(frame(option, 0, next)));
      case Grammar.Repeat repeat -> {
        int at = frame.at();
        if (at >= repeat.least()) {
          parts.add(next);
        }
        boolean unbounded = repeat.most() < 0;
        if (unbounded || at < repeat.most()) {
          int count = unbounded ? Math.min(at + 1, repeat.least()) : at + 1;
          parts.add(frame(repeat.part(), 0, frame(repeat, count, next)));
        }
      }
      case Grammar.Rule rule -> parts.add(frame(rule.body(), 0, next));
      case Grammar.Bytes bytes -> throw new IllegalStateException();
    }
    return parts;
  }

  private Frame frame(Grammar grammar, int at, @Nullable Frame next) {
    long own =
        switch (grammar) {
          case Grammar.Sequence(List<Grammar> parts) -> lengths.sum(parts, at);
          case Grammar.Repeat repeat ->
              Lengths.times(lengths.of(repeat.part()), Math.max(0, repeat.least() - at));
          default -> lengths.of(grammar);
        };
    long least = Math.min(Lengths.NEVER, own + (next == null ? 0 : next.least()));
    Frame made = new Frame(grammar, at, next, least);
    Frame old = frames.putIfAbsent(made, made);
    return old == null ? made : old;
  }
}

package io.millrace.data.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The fewest bytes that grammars' texts have. */
final class Lengths {
  /** There is no text of an end. */
  static final long NEVER = Long.MAX_VALUE / 4;

  private final Map<Grammar, Long> known = new IdentityHashMap<>();

  /** The fewest bytes of a grammar's texts, or {@link #NEVER}. */
  long of(Grammar grammar) {
    Long length = known.get(grammar);
    if (length != null) {
      return length;
    }
    // Rules may stand within themselves: begin with never and shorten until nothing changes.
    List<Grammar> order = parts(grammar);
    order.forEach(part -> known.putIfAbsent(part, NEVER));
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = order.size() - 1; i >= 0; i--) {
        long now = worked(order.get(i));
        changed |= now < known.put(order.get(i), now);
      }
    }
    return get(grammar);
  }

  private List<Grammar> parts(Grammar grammar) {
    List<Grammar> order = new ArrayList<>();
    Map<Grammar, Boolean> seen = new IdentityHashMap<>(known.size());
    Deque<Grammar> open = new ArrayDeque<>();
    open.add(grammar);
    while (!open.isEmpty()) {
      Grammar one = open.removeLast();
      if (known.containsKey(one) || seen.put(one, true) != null) {
        continue;
      }
      order.add(one);
      switch (one) {
        case Grammar.Bytes bytes -> {}
        case Grammar.Sequence(List<Grammar> parts) -> open.addAll(parts);
        case Grammar.Choice(List<Grammar> options) -> open.addAll(options);
        case Grammar.Repeat repeat -> open.add(repeat.part());
        case Grammar.Rule rule -> open.add(rule.body());
      }
    }
    return order;
  }

  private long get(Grammar grammar) {
    return java.util.Objects.requireNonNull(known.get(grammar));
  }

  private long worked(Grammar grammar) {
    return switch (grammar) {
      case Grammar.Bytes bytes -> bytes.set().isEmpty() ? NEVER : 1;
      case Grammar.Sequence(List<Grammar> parts) -> sum(parts, 0);
      case Grammar.Choice(List<Grammar> options) ->
          options.stream().mapToLong(this::get).min().orElse(NEVER);
      case Grammar.Repeat repeat -> times(get(repeat.part()), repeat.least());
      case Grammar.Rule rule -> get(rule.body());
    };
  }

  /** The parts from one on, one after another. */
  long sum(List<Grammar> parts, int from) {
    long sum = 0;
    for (int i = from; i < parts.size(); i++) {
      sum = Math.min(NEVER, sum + get(parts.get(i)));
    }
    return sum;
  }

  static long times(long length, int times) {
    return times == 0 ? 0 : length >= NEVER / times ? NEVER : length * times;
  }
}

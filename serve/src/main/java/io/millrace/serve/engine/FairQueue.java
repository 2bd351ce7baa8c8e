package io.millrace.serve.engine;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Requests that wait: the highest priority first, within it owners in turn. */
final class FairQueue {
  private final Map<Integer, LinkedHashMap<String, Deque<Job>>> byPriority =
      new TreeMap<>(Comparator.reverseOrder());
  private int size;

  int size() {
    return size;
  }

  void add(Job job) {
    byPriority
        .computeIfAbsent(job.order().priority(), any -> new LinkedHashMap<>())
        .computeIfAbsent(job.order().owner(), any -> new ArrayDeque<>())
        .add(job);
    size++;
  }

  /** Whose turn it is. */
  @Nullable Job peek() {
    return size == 0 ? null : first().values().iterator().next().peek();
  }

  private LinkedHashMap<String, Deque<Job>> first() {
    return byPriority.values().iterator().next();
  }

  /** Takes what {@link #peek} showed; its owner goes to the end of the line. */
  void take() {
    LinkedHashMap<String, Deque<Job>> owners = first();
    String owner = owners.keySet().iterator().next();
    Deque<Job> jobs = owners.remove(owner);
    if (jobs == null) {
      return;
    }
    Job taken = jobs.remove();
    size--;
    if (!jobs.isEmpty()) {
      owners.put(owner, jobs);
    } else if (owners.isEmpty()) {
      byPriority.remove(taken.order().priority());
    }
  }

  /** Removes those that are meant, telling each. */
  void removeIf(Predicate<Job> ended) {
    byPriority.values().forEach(owners -> removeFrom(owners, ended));
    byPriority.values().removeIf(Map::isEmpty);
  }

  private void removeFrom(LinkedHashMap<String, Deque<Job>> owners, Predicate<Job> ended) {
    for (Deque<Job> jobs : owners.values()) {
      int before = jobs.size();
      jobs.removeIf(ended);
      size -= before - jobs.size();
    }
    owners.values().removeIf(Deque::isEmpty);
  }
}

package io.millrace.data.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/** Words as pieces, whose most frequent neighbours become a piece of their own, again and again. */
final class PairMerges {
  private record Pair(long key, long count) implements Comparable<Pair> {
    int first() {
      return (int) (key >>> 32);
    }

    int second() {
      return (int) key;
    }

    /** The most frequent first; among equals the one of earlier tokens. */
    @Override
    public int compareTo(Pair other) {
      return count == other.count ? Long.compare(key, other.key) : Long.compare(other.count, count);
    }
  }

  private final List<String> tokens;
  private final String inside;
  private final List<int[]> words = new ArrayList<>();
  private final List<Long> counts = new ArrayList<>();
  private final Map<Long, Long> pairs = new HashMap<>();
  private final Map<Long, Set<Integer>> places = new HashMap<>();

  /**
   * @param tokens those to begin with; new ones are added
   * @param inside what pieces begin with that do not begin a word; it goes where pieces are joined
   */
  PairMerges(List<String> tokens, String inside) {
    this.tokens = tokens;
    this.inside = inside;
  }

  /** Adds a word that occurs so often. */
  void add(int[] word, long count) {
    words.add(word);
    counts.add(count);
    for (int j = 0; j + 1 < word.length; j++) {
      change(word[j], word[j + 1], count, words.size() - 1);
    }
  }

  private static long key(int first, int second) {
    return (long) first << 32 | second;
  }

  private void change(int first, int second, long by, int word) {
    long key = key(first, second);
    pairs.merge(key, by, Long::sum);
    if (by > 0) {
      places.computeIfAbsent(key, any -> new HashSet<>()).add(word);
    }
  }

  /** Joins neighbours until the vocabulary is full; the joins in order. */
  List<String[]> merge(int size, long frequency) {
    PriorityQueue<Pair> queue = new PriorityQueue<>();
    pairs.forEach((key, count) -> queue.add(new Pair(key, count)));
    Map<String, Integer> known = new HashMap<>();
    for (int i = 0; i < tokens.size(); i++) {
      known.put(tokens.get(i), i);
    }
    List<String[]> merges = new ArrayList<>();
    while (tokens.size() < size && !queue.isEmpty()) {
      Pair best = queue.poll();
      long now = pairs.getOrDefault(best.key, 0L);
      if (now != best.count) {
        // Others took some of these neighbours since; the pair comes again in its place.
        if (now > 0) {
          queue.add(new Pair(best.key, now));
        }
        continue;
      }
      if (now < Math.max(1, frequency)) {
        break;
      }
      String left = tokens.get(best.first());
      String right = tokens.get(best.second());
      String joined = left + (right.startsWith(inside) ? right.substring(inside.length()) : right);
      Integer same = known.get(joined);
      int made = same == null ? tokens.size() : same;
      if (same == null) {
        tokens.add(joined);
        known.put(joined, made);
      }
      merges.add(new String[] {left, right});
      for (long key : replace(best, made)) {
        long count = pairs.getOrDefault(key, 0L);
        if (count > 0) {
          queue.add(new Pair(key, count));
        }
      }
    }
    return merges;
  }

  /** Joins a pair wherever it stands; returns the neighbours that are new. */
  private Set<Long> replace(Pair best, int made) {
    Set<Long> fresh = new HashSet<>();
    Set<Integer> where = places.remove(best.key);
    for (int index : where == null ? Set.<Integer>of() : where) {
      int[] word = words.get(index);
      long count = counts.get(index);
      int[] shorter = new int[word.length];
      int length = 0;
      for (int i = 0; i < word.length; i++) {
        if (i + 1 < word.length && word[i] == best.first() && word[i + 1] == best.second()) {
          if (length > 0) {
            change(shorter[length - 1], best.first(), -count, index);
            change(shorter[length - 1], made, count, index);
            fresh.add(key(shorter[length - 1], made));
          }
          if (i + 2 < word.length) {
            change(best.second(), word[i + 2], -count, index);
            change(made, word[i + 2], count, index);
            fresh.add(key(made, word[i + 2]));
          }
          shorter[length++] = made;
          i++;
        } else {
          shorter[length++] = word[i];
        }
      }
      words.set(index, java.util.Arrays.copyOf(shorter, length));
    }
    pairs.remove(best.key);
    return fresh;
  }
}

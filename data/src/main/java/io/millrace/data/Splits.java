package io.millrace.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Ways to hold rows out. Each is a function of its arguments alone; a part that would be empty is
 * an error. Fractions are those of the held-out part, greater than 0 and less than 1.
 */
public final class Splits {
  private Splits() {}

  /** Holds out random rows. */
  public static Parts random(int rows, double fraction, long seed) {
    int[] order = Permutation.of(seed, 0, rows);
    int test = size(rows, fraction);
    return parts(Arrays.copyOfRange(order, test, rows), Arrays.copyOfRange(order, 0, test));
  }

  /** Holds out the last rows, as Keras's {@code validation_split} does. */
  public static Parts last(int rows, double fraction) {
    int test = size(rows, fraction);
    return parts(
        IntStream.range(0, rows - test).toArray(), IntStream.range(rows - test, rows).toArray());
  }

  /** Holds out the same share of each class's rows, at random. */
  public static Parts stratified(List<String> classes, double fraction, long seed) {
    Map<String, List<Integer>> groups = groups(classes);
    List<Integer> train = new ArrayList<>();
    List<Integer> test = new ArrayList<>();
    int group = 0;
    for (Map.Entry<String, List<Integer>> entry : groups.entrySet()) {
      List<Integer> rows = entry.getValue();
      if (rows.size() < 2) {
        throw new DataException("split.class", entry.getKey(), rows.size());
      }
      int held = Math.clamp(Math.round(rows.size() * fraction), 1, rows.size() - 1);
      int[] order = Permutation.of(seed, group++, rows.size());
      for (int i = 0; i < order.length; i++) {
        (i < held ? test : train).add(rows.get(order[i]));
      }
    }
    checked(classes.size(), fraction);
    return parts(sorted(train), sorted(test));
  }

  /**
   * Holds out whole groups (patients, machines, customers), at random, so that none is in both
   * parts.
   */
  public static Parts grouped(List<String> keys, double fraction, long seed) {
    Map<String, List<Integer>> groups = groups(keys);
    if (groups.size() < 2) {
      throw new DataException("split.groups", groups.size());
    }
    List<List<Integer>> all = new ArrayList<>(groups.values());
    int wanted = size(keys.size(), fraction);
    List<Integer> train = new ArrayList<>();
    List<Integer> test = new ArrayList<>();
    int[] order = Permutation.of(seed, 0, all.size());
    for (int i = 0; i < order.length; i++) {
      boolean held = test.size() < wanted && i < order.length - 1;
      (held ? test : train).addAll(all.get(order[i]));
    }
    return parts(sorted(train), sorted(test));
  }

  /**
   * Holds out the latest rows, so that the future is never learned from. Rows of equal time stay
   * together.
   */
  public static Parts byTime(double[] times, double fraction) {
    for (int row = 0; row < times.length; row++) {
      if (Double.isNaN(times[row])) {
        throw new DataException("split.time", row + 1);
      }
    }
    int[] order =
        IntStream.range(0, times.length)
            .boxed()
            .sorted((a, b) -> Double.compare(times[a], times[b]))
            .mapToInt(Integer::intValue)
            .toArray();
    int cut = times.length - size(times.length, fraction);
    while (cut > 0 && times[order[cut]] == times[order[cut - 1]]) {
      cut--;
    }
    return parts(Arrays.copyOfRange(order, 0, cut), Arrays.copyOfRange(order, cut, times.length));
  }

  private static int size(int rows, double fraction) {
    checked(rows, fraction);
    return (int) Math.round(rows * fraction);
  }

  private static void checked(int rows, double fraction) {
    if (!(fraction > 0 && fraction < 1)) {
      throw new DataException("split.fraction", fraction);
    }
    if (rows < 2) {
      throw new DataException("split.rows", rows);
    }
  }

  private static Parts parts(int[] train, int[] test) {
    if (train.length == 0 || test.length == 0) {
      throw new DataException("split.empty", train.length, test.length);
    }
    return new Parts(train, test);
  }

  /** The rows of each key, in the order in which keys first appear. */
  static Map<String, List<Integer>> groups(List<String> keys) {
    Map<String, List<Integer>> groups = new LinkedHashMap<>();
    for (int row = 0; row < keys.size(); row++) {
      groups.computeIfAbsent(keys.get(row), key -> new ArrayList<>()).add(row);
    }
    return groups;
  }

  private static int[] sorted(List<Integer> rows) {
    return rows.stream().mapToInt(Integer::intValue).sorted().toArray();
  }
}

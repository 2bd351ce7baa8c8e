package io.millrace.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Ways to hold every row out once (by time: to hold later rows out again and again). Each is a
 * function of its arguments alone.
 */
public final class Folds {
  private Folds() {}

  /** Random folds of like size. */
  public static List<Parts> random(int rows, int count, long seed) {
    check(rows, count);
    return parts(Permutation.of(seed, 0, rows), places(rows, count), count);
  }

  /**
   * Random folds in which each class has its share.
   *
   * @throws DataException if a class has fewer rows than there are folds
   */
  public static List<Parts> stratified(List<String> classes, int count, long seed) {
    check(classes.size(), count);
    Map<String, List<Integer>> groups = Splits.groups(classes);
    if (groups.size() < 2) {
      throw new DataException("fold.one", groups.keySet());
    }
    int[] order = new int[classes.size()];
    int[] folds = new int[classes.size()];
    int at = 0;
    int group = 0;
    int next = 0;
    for (Map.Entry<String, List<Integer>> one : groups.entrySet()) {
      List<Integer> rows = one.getValue();
      if (rows.size() < count) {
        throw new DataException("fold.class", one.getKey(), rows.size(), count);
      }
      for (int i : Permutation.of(seed, group++, rows.size())) {
        order[at] = rows.get(i);
        // On from where the class before ended, so that folds stay of like size.
        folds[at++] = next++ % count;
      }
    }
    return parts(order, folds, count);
  }

  /**
   * Folds of whole groups, the largest group always into the smallest fold.
   *
   * @throws DataException if there are fewer groups than folds
   */
  public static List<Parts> grouped(List<String> keys, int count) {
    check(keys.size(), count);
    List<List<Integer>> all = new ArrayList<>(Splits.groups(keys).values());
    if (all.size() < count) {
      throw new DataException("fold.groups", all.size(), count);
    }
    all.sort((a, b) -> Integer.compare(b.size(), a.size()));
    int[] sizes = new int[count];
    int[] order = new int[keys.size()];
    int[] folds = new int[keys.size()];
    int at = 0;
    for (List<Integer> group : all) {
      int smallest = 0;
      for (int fold = 1; fold < count; fold++) {
        smallest = sizes[fold] < sizes[smallest] ? fold : smallest;
      }
      sizes[smallest] += group.size();
      for (int row : group) {
        order[at] = row;
        folds[at++] = smallest;
      }
    }
    return parts(order, folds, count);
  }

  /** Each fold learns from all rows before it and is tested on the next stretch. */
  public static List<Parts> byTime(double[] times, int count) {
    check(times.length, count + 1);
    int[] order =
        IntStream.range(0, times.length)
            .boxed()
            .sorted((a, b) -> Double.compare(times[a], times[b]))
            .mapToInt(Integer::intValue)
            .toArray();
    List<Parts> parts = new ArrayList<>();
    for (int fold = 1; fold <= count; fold++) {
      int from = (int) ((long) fold * times.length / (count + 1));
      int to = (int) ((fold + 1L) * times.length / (count + 1));
      parts.add(new Parts(Arrays.copyOf(order, from), Arrays.copyOfRange(order, from, to)));
    }
    return parts;
  }

  private static int[] places(int rows, int count) {
    return IntStream.range(0, rows).map(i -> (int) ((long) i * count / rows)).toArray();
  }

  private static List<Parts> parts(int[] order, int[] folds, int count) {
    List<Parts> all = new ArrayList<>();
    for (int fold = 0; fold < count; fold++) {
      int held = fold;
      int[] test =
          IntStream.range(0, order.length)
              .filter(i -> folds[i] == held)
              .map(i -> order[i])
              .sorted()
              .toArray();
      int[] train =
          IntStream.range(0, order.length)
              .filter(i -> folds[i] != held)
              .map(i -> order[i])
              .sorted()
              .toArray();
      all.add(new Parts(train, test));
    }
    return all;
  }

  private static void check(int rows, int count) {
    if (count < 2 || rows < count) {
      throw new DataException("fold.count", count, rows);
    }
  }
}

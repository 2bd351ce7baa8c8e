package io.millrace.train.language;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;

/** Which examples come together: shuffled, those of like length side by side. */
final class Order {
  /** Batches among which examples are sorted: enough to save padding, few enough to stay mixed. */
  private static final int SORTED = 24;

  private Order() {}

  /** The batches of an epoch, which depend on the seed and the epoch alone. */
  static List<int[]> batches(int count, int batch, IntUnaryOperator length, long seed, int epoch) {
    Random random = new Random(seed * 1_000_003L + epoch);
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(i);
    }
    Collections.shuffle(all, random);
    List<int[]> batches = new ArrayList<>();
    int most = batch * SORTED;
    for (int from = 0; from < count; from += most) {
      batches.addAll(cut(all.subList(from, Math.min(count, from + most)), batch, length));
    }
    Collections.shuffle(batches, random);
    return batches;
  }

  /** All examples by length. */
  static List<int[]> sorted(int count, int batch, IntUnaryOperator length) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(i);
    }
    return cut(all, batch, length);
  }

  private static List<int[]> cut(List<Integer> some, int batch, IntUnaryOperator length) {
    int[] sorted =
        some.stream()
            .sorted((a, b) -> Integer.compare(length.applyAsInt(b), length.applyAsInt(a)))
            .mapToInt(Integer::intValue)
            .toArray();
    List<int[]> batches = new ArrayList<>();
    for (int from = 0; from < sorted.length; from += batch) {
      batches.add(Arrays.copyOfRange(sorted, from, Math.min(sorted.length, from + batch)));
    }
    return batches;
  }
}

package io.millrace.data.language;

import java.util.Random;

/** An order of its own for each epoch, which depends on the seed and the epoch alone. */
final class EpochOrder {
  private final int count;
  private final long seed;
  private int[] order = {};
  private int of = -1;

  EpochOrder(int count, long seed) {
    this.count = count;
    this.seed = seed;
  }

  /** What comes at a place of an epoch. */
  synchronized int at(int epoch, int index) {
    if (of != epoch) {
      order = shuffled(epoch);
      of = epoch;
    }
    return order[index];
  }

  private int[] shuffled(int epoch) {
    int[] all = new int[count];
    for (int i = 0; i < count; i++) {
      all[i] = i;
    }
    Random random = new Random(seed * 1_000_003L + epoch);
    for (int i = count - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int kept = all[i];
      all[i] = all[other];
      all[other] = kept;
    }
    return all;
  }
}

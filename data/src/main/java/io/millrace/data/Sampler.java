package io.millrace.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Which rows come when: a function of the epoch alone, whatever the number of loaders. */
public interface Sampler {
  /** The numbers of the rows of an epoch, in order. */
  int[] order(int epoch);

  /** The number of rows in an epoch. */
  int count();

  /** Every row once, in the data's order. */
  static Sampler inOrder(int count) {
    return of(count, epoch -> IntStream.range(0, count).toArray());
  }

  /** Every row once, in a new random order each epoch. */
  static Sampler shuffled(int count, long seed) {
    return of(count, epoch -> Permutation.of(seed, epoch, count));
  }

  /**
   * Rows drawn with replacement, as often as their weights say.
   *
   * @param weights one a row, not negative, one at least above 0
   */
  static Sampler weighted(double[] weights, long seed) {
    double[] sums = weights.clone();
    for (int i = 0; i < sums.length; i++) {
      if (!(weights[i] >= 0) || Double.isInfinite(weights[i])) {
        throw new DataException("sampler.weight", i + 1, weights[i]);
      }
      sums[i] += i == 0 ? 0 : sums[i - 1];
    }
    if (sums.length == 0 || sums[sums.length - 1] <= 0) {
      throw new DataException("sampler.weightless");
    }
    return of(
        weights.length,
        epoch -> {
          SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + epoch);
          return IntStream.range(0, sums.length)
              .map(
                  i -> {
                    double draw = random.nextDouble() * sums[sums.length - 1];
                    int place = Arrays.binarySearch(sums, draw);
                    return Math.min(place < 0 ? -1 - place : place + 1, sums.length - 1);
                  })
              .toArray();
        });
  }

  /** Rows drawn with replacement, each class as often as the others. */
  static Sampler balanced(Targets.Classes targets, long seed) {
    int[] labels = targets.labels();
    double[] counts = new double[targets.classes().size()];
    for (int label : labels) {
      counts[label]++;
    }
    return weighted(Arrays.stream(labels).mapToDouble(label -> 1 / counts[label]).toArray(), seed);
  }

  /**
   * Every row once, rows of like length side by side, so that a batch needs little padding; the
   * batches come in random order.
   *
   * @param lengths one a row
   * @param batch rows a batch
   */
  static Sampler bucketed(int[] lengths, int batch, long seed) {
    int count = lengths.length;
    return of(
        count,
        epoch -> {
          // Random first, so that rows of one length change neighbours from epoch to epoch.
          Integer[] rows =
              IntStream.of(Permutation.of(seed, epoch, count)).boxed().toArray(Integer[]::new);
          Arrays.sort(rows, Comparator.comparingInt(row -> lengths[row]));
          int batches = count / batch;
          int[] order = new int[count];
          int[] places = Permutation.of(~seed, epoch, Math.max(batches, 1));
          for (int i = 0; i < count; i++) {
            int from = i / batch < batches ? places[i / batch] * batch + i % batch : i;
            order[i] = rows[from];
          }
          return order;
        });
  }

  private static Sampler of(int count, java.util.function.IntFunction<int[]> order) {
    return new Sampler() {
      @Override
      public int[] order(int epoch) {
        return order.apply(epoch);
      }

      @Override
      public int count() {
        return count;
      }
    };
  }
}

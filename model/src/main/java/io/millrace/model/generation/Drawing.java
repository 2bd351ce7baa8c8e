package io.millrace.model.generation;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Draws a token by its probability, among those that temperature, top-k, top-p, min-p and typical
 * mass leave, in this order as transformers has it. Over 150,000 tokens in each step this must not
 * cost what the model does: nothing is boxed, and only what may be kept is sorted.
 */
final class Drawing {
  /** Tokens further below the best, in the exponent, have no share that a double would show. */
  private static final double FAR = 45;

  /** Nearly always all that top-p keeps lies nearer to the best than this. */
  private static final double NEAR = 16;

  private int[] ids;
  private double[] shares;
  private int count;

  private Drawing(int room) {
    ids = new int[room];
    shares = new double[room];
  }

  /** A token; a stream of its own for each step: what is drawn does not depend on the batch. */
  static int draw(float[] scores, int step, Sampling sampling) {
    Drawing kept = kept(scores, sampling);
    double total = 0;
    for (int i = 0; i < kept.count; i++) {
      total += kept.shares[i];
    }
    double at = new SplittableRandom(mixed(sampling.seed(), step)).nextDouble() * total;
    for (int i = 0; i < kept.count; i++) {
      at -= kept.shares[i];
      if (at < 0) {
        return kept.ids[i];
      }
    }
    return kept.ids[kept.count - 1];
  }

  private static long mixed(long seed, long step) {
    long x = seed * 0x9E3779B97F4A7C15L + step * 0xBF58476D1CE4E5B9L + 0x94D049BB133111EBL;
    x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    return x ^ (x >>> 31);
  }

  /** What may be drawn, with shares that are not normed. */
  static Drawing kept(float[] scores, Sampling sampling) {
    float most = scores[Choice.best(scores)];
    boolean sorts = sampling.topP() < 1 || sampling.typical() < 1;
    Drawing kept;
    if (sampling.topK() > 0 && sampling.topK() < scores.length) {
      kept = best(scores, sampling.topK());
      kept.weigh(scores, most, sampling.temperature());
      kept.cut(sampling.topP());
    } else {
      kept = near(scores, most, sampling.temperature(), sorts ? NEAR : FAR);
      if (sorts) {
        double all = sum(scores, most, sampling.temperature());
        if (sampling.typical() < 1 || kept.sum() < sampling.topP() * all) {
          kept = near(scores, most, sampling.temperature(), FAR);
          all = kept.sum();
        }
        kept.sort(scores);
        kept.weigh(scores, most, sampling.temperature());
        kept.cut(sampling.topP() * all / kept.sum());
      }
    }
    if (sampling.minP() > 0) {
      kept.floor(sampling.minP());
    }
    if (sampling.typical() < 1) {
      kept.typical(sampling.typical());
    }
    return kept;
  }

  /** How many are kept. */
  int count() {
    return count;
  }

  /** The token at a place. */
  int id(int place) {
    return ids[place];
  }

  /** A token's share of what is kept. */
  double probability(int place) {
    return shares[place] / sum();
  }

  private double sum() {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += shares[i];
    }
    return sum;
  }

  private static double sum(float[] scores, float most, double temperature) {
    double sum = 0;
    float least = (float) (most - FAR * temperature);
    for (float score : scores) {
      if (score > least) {
        sum += Math.exp((score - most) / temperature);
      }
    }
    return sum;
  }

  /** In the order of their ids. */
  private static Drawing near(float[] scores, float most, double temperature, double within) {
    float least = (float) (most - within * temperature);
    Drawing near = new Drawing(256);
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] > least) {
        if (near.count == near.ids.length) {
          near.ids = Arrays.copyOf(near.ids, 2 * near.count);
          near.shares = Arrays.copyOf(near.shares, 2 * near.count);
        }
        near.ids[near.count] = i;
        near.shares[near.count++] = Math.exp((scores[i] - most) / temperature);
      }
    }
    return near;
  }

  /** The best, best first; among equals the earlier token. */
  private static Drawing best(float[] scores, int keep) {
    Drawing best = new Drawing(keep);
    int[] ids = best.ids;
    float least = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < scores.length; i++) {
      float score = scores[i];
      if (best.count < keep || score > least) {
        int place = Math.min(best.count, keep - 1);
        best.count = place + 1;
        while (place > 0 && scores[ids[place - 1]] < score) {
          ids[place] = ids[place - 1];
          place--;
        }
        ids[place] = i;
        least = scores[ids[best.count - 1]];
      }
    }
    return best;
  }

  private void weigh(float[] scores, float most, double temperature) {
    for (int i = 0; i < count; i++) {
      shares[i] = Math.exp((scores[ids[i]] - most) / temperature);
    }
  }

  /** Best first; among equals the earlier token. */
  private void sort(float[] scores) {
    long[] keys = new long[count];
    for (int i = 0; i < count; i++) {
      int bits = Float.floatToRawIntBits(scores[ids[i]]);
      int rising = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
      keys[i] = ((long) ~rising << 32) | ids[i];
    }
    Arrays.sort(keys);
    for (int i = 0; i < count; i++) {
      ids[i] = (int) keys[i];
    }
  }

  /** Keeps the first ones until their share reaches this. */
  private void cut(double share) {
    double wanted = share * sum();
    double before = 0;
    int keep = 0;
    while (keep < count && (keep == 0 || before < wanted)) {
      before += shares[keep++];
    }
    count = keep;
  }

  /** Keeps those with at least this part of the best's share. */
  private void floor(double part) {
    double best = 0;
    for (int i = 0; i < count; i++) {
      best = Math.max(best, shares[i]);
    }
    int keep = 0;
    for (int i = 0; i < count; i++) {
      if (shares[i] >= best * part) {
        ids[keep] = ids[i];
        shares[keep++] = shares[i];
      }
    }
    count = keep;
  }

  /** Keeps those that surprise as much as is to be expected, until they have this share. */
  private void typical(double mass) {
    double sum = sum();
    double expected = 0;
    for (int i = 0; i < count; i++) {
      double share = shares[i] / sum;
      expected -= share == 0 ? 0 : share * Math.log(share);
    }
    double surprise = expected;
    Integer[] places = new Integer[count];
    Arrays.setAll(places, i -> i);
    Arrays.sort(
        places,
        java.util.Comparator.comparingDouble(
            place -> Math.abs(-Math.log(shares[place] / sum) - surprise)));
    Drawing kept = new Drawing(count);
    double before = 0;
    for (int i = 0; i < places.length && (i == 0 || before < mass * sum); i++) {
      kept.ids[kept.count] = ids[places[i]];
      kept.shares[kept.count++] = shares[places[i]];
      before += shares[places[i]];
    }
    ids = kept.ids;
    shares = kept.shares;
    count = kept.count;
  }
}

package io.millrace.model.generation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A token that was chosen.
 *
 * @param logProbability of the token by the model's own scores, before temperature and penalties
 * @param alternatives the best tokens with their log-probabilities, as many as were asked for
 */
public record Choice(long id, double logProbability, List<Alternative> alternatives) {
  /** A token that might have been chosen. */
  public record Alternative(long id, double logProbability) {}

  /** Tokens further below the best than this come into question only where little else is left. */
  private static final double NEAR = 16;

  /**
   * Chooses a token. Where the best of the plain scores is taken and nobody asks for alternatives,
   * its log-probability is not worked out and is 0.
   *
   * @param scores the model's, one for each token; changed
   * @param prompt what was read
   * @param written what was written
   */
  public static Choice of(float[] scores, long[] prompt, List<Long> written, Sampling sampling) {
    return of(scores, prompt, written, sampling, null);
  }

  /**
   * Chooses a token that a guide allows.
   *
   * @param guide what may come; absent: all
   */
  public static Choice of(
      float[] scores, long[] prompt, List<Long> written, Sampling sampling, @Nullable Guide guide) {
    if (sampling.isPlain() && guide == null) {
      return new Choice(best(scores), 0, List.of());
    }
    double norm = logSumExp(scores);
    float[] told = scores.clone();
    penalize(scores, prompt, written, sampling);
    if (guide != null) {
      guide.narrow(scores, sampling.ends(), sampling.maxTokens() - written.size());
    }
    int id = sampling.temperature() == 0 ? best(scores) : draw(scores, written.size(), sampling);
    double logProbability = told[id] - norm;
    List<Alternative> others =
        sampling.alternatives() > 0 ? alternatives(told, norm, sampling.alternatives()) : List.of();
    return new Choice(id, logProbability, others);
  }

  /** The best tokens, best first; {@code norm} turns their scores into log-probabilities. */
  static List<Alternative> alternatives(float[] scores, double norm, int count) {
    java.util.PriorityQueue<Integer> best =
        new java.util.PriorityQueue<>(Comparator.comparingDouble((Integer i) -> scores[i]));
    for (int i = 0; i < scores.length; i++) {
      if (best.size() < count) {
        best.add(i);
      } else if (scores[i] > scores[best.element()]) {
        best.remove();
        best.add(i);
      }
    }
    List<Alternative> list = new ArrayList<>();
    while (!best.isEmpty()) {
      int id = best.remove();
      list.addFirst(new Alternative(id, scores[id] - norm));
    }
    return list;
  }

  static double logSumExp(float[] scores) {
    double most = scores[best(scores)];
    double sum = 0;
    for (float score : scores) {
      sum += Math.exp(score - most);
    }
    return most + Math.log(sum);
  }

  /** The first of the largest. */
  static int best(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    return best;
  }

  static void penalize(float[] scores, long[] prompt, List<Long> written, Sampling sampling) {
    if (sampling.repetition() != 1) {
      Set<Long> seen = new HashSet<>(written);
      for (long id : prompt) {
        seen.add(id);
      }
      float by = (float) sampling.repetition();
      for (long id : seen) {
        float score = scores[(int) id];
        scores[(int) id] = score < 0 ? score * by : score / by;
      }
    }
    if (sampling.presence() != 0 || sampling.frequency() != 0) {
      Map<Long, Integer> counts = new HashMap<>();
      written.forEach(id -> counts.merge(id, 1, Integer::sum));
      counts.forEach(
          (id, count) ->
              scores[id.intValue()] -=
                  (float) (sampling.presence() + sampling.frequency() * count));
    }
    if (sampling.noRepeat() > 0) {
      forbid(scores, repeating(prompt, written, sampling.noRepeat()));
    }
    forbid(scores, sampling.suppressed());
    if (written.isEmpty()) {
      forbid(scores, sampling.suppressedFirst());
    }
    if (written.size() < sampling.minTokens()) {
      forbid(scores, sampling.ends());
    }
    Long last = sampling.last();
    if (last != null && last < scores.length && written.size() == sampling.maxTokens() - 1) {
      java.util.Arrays.fill(scores, Float.NEGATIVE_INFINITY);
      scores[last.intValue()] = 0;
    }
  }

  /** What would complete a series of {@code length} tokens that stands before. */
  private static Set<Long> repeating(long[] prompt, List<Long> written, int length) {
    List<Long> all = new ArrayList<>();
    for (long id : prompt) {
      all.add(id);
    }
    all.addAll(written);
    Set<Long> complete = new HashSet<>();
    int last = all.size() - length + 1;
    if (last < 0) {
      return complete;
    }
    List<Long> end = all.subList(last, all.size());
    for (int i = 0; i < last; i++) {
      if (all.subList(i, i + length - 1).equals(end)) {
        complete.add(all.get(i + length - 1));
      }
    }
    return complete;
  }

  private static void forbid(float[] scores, Set<Long> ids) {
    for (long id : ids) {
      if (id >= 0 && id < scores.length) {
        scores[(int) id] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  private record Candidate(int id, double probability) {}

  private static int draw(float[] scores, int step, Sampling sampling) {
    double most = scores[best(scores)];
    double sum = 0;
    double[] weight = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      weight[i] = Math.exp((scores[i] - most) / sampling.temperature());
      sum += weight[i];
    }
    List<Candidate> candidates = candidates(weight, sum, sampling);
    double total = 0;
    for (Candidate one : candidates) {
      total += one.probability;
    }
    // A stream of its own for each step: what is drawn does not depend on the batch.
    double at = new SplittableRandom(mixed(sampling.seed(), step)).nextDouble() * total;
    for (Candidate one : candidates) {
      at -= one.probability;
      if (at < 0) {
        return one.id;
      }
    }
    return candidates.getLast().id;
  }

  private static long mixed(long seed, long step) {
    long x = seed * 0x9E3779B97F4A7C15L + step * 0xBF58476D1CE4E5B9L + 0x94D049BB133111EBL;
    x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    return x ^ (x >>> 31);
  }

  /** What may be drawn, most likely first; among equals the earlier token. */
  private static List<Candidate> candidates(double[] weight, double sum, Sampling sampling) {
    double near = Math.exp(-NEAR);
    List<Candidate> sorted = sorted(weight, sum, near);
    double reached = sorted.stream().mapToDouble(Candidate::probability).sum();
    boolean cut = sampling.topK() > 0 && sampling.topK() <= sorted.size();
    boolean enough = reached >= sampling.topP() && sampling.topP() < 1;
    if (!cut && !enough && sorted.size() < weight.length) {
      sorted = sorted(weight, sum, 0);
    }
    if (sampling.topK() > 0 && sampling.topK() < sorted.size()) {
      sorted = renormed(sorted.subList(0, sampling.topK()));
    }
    if (sampling.topP() < 1) {
      double before = 0;
      int keep = 0;
      while (keep < sorted.size() && (keep == 0 || before < sampling.topP())) {
        before += sorted.get(keep++).probability;
      }
      sorted = renormed(sorted.subList(0, keep));
    }
    if (sampling.minP() > 0) {
      double least = sorted.getFirst().probability * sampling.minP();
      sorted = renormed(sorted.stream().filter(one -> one.probability >= least).toList());
    }
    return sampling.typical() < 1 ? typical(sorted, sampling.typical()) : sorted;
  }

  private static List<Candidate> sorted(double[] weight, double sum, double least) {
    List<Candidate> all = new ArrayList<>();
    for (int i = 0; i < weight.length; i++) {
      if (weight[i] > least) {
        all.add(new Candidate(i, weight[i] / sum));
      }
    }
    all.sort(
        Comparator.comparingDouble((Candidate one) -> -one.probability)
            .thenComparingInt(Candidate::id));
    return all;
  }

  private static List<Candidate> renormed(List<Candidate> some) {
    double sum = some.stream().mapToDouble(Candidate::probability).sum();
    return some.stream().map(one -> new Candidate(one.id, one.probability / sum)).toList();
  }

  private static List<Candidate> typical(List<Candidate> all, double mass) {
    double expected =
        all.stream().mapToDouble(one -> -one.probability * Math.log(one.probability)).sum();
    List<Candidate> near =
        all.stream()
            .sorted(
                Comparator.comparingDouble(one -> Math.abs(-Math.log(one.probability) - expected)))
            .toList();
    double before = 0;
    int keep = 0;
    while (keep < near.size() && (keep == 0 || before < mass)) {
      before += near.get(keep++).probability;
    }
    return near.subList(0, keep);
  }
}

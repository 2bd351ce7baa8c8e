package io.millrace.model.generation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  /**
   * Chooses a token. Where nobody asks for alternatives, its log-probability is not worked out and
   * is 0.
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
    boolean tells = sampling.alternatives() > 0;
    double norm = tells ? logSumExp(scores) : 0;
    float[] told = tells ? scores.clone() : scores;
    penalize(scores, prompt, written, sampling);
    if (guide != null) {
      guide.narrow(scores, sampling.ends(), sampling.maxTokens() - written.size());
    }
    int id =
        sampling.temperature() == 0 ? best(scores) : Drawing.draw(scores, written.size(), sampling);
    return tells
        ? new Choice(id, told[id] - norm, alternatives(told, norm, sampling.alternatives()))
        : new Choice(id, 0, List.of());
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
    float most = scores[0]; // at hand: read again at each step it would take five times as long
    for (int i = 1; i < scores.length; i++) {
      float score = scores[i];
      if (score > most) {
        most = score;
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
}

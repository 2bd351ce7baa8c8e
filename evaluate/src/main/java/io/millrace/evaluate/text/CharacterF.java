package io.millrace.evaluate.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * chrF of a corpus (Popović 2015), from 0 to 100, as sacreBLEU computes it: one to six characters
 * without spaces, recall twice as important as precision.
 */
public final class CharacterF {
  private static final int ORDER = 6;
  private static final double BETA = 2;

  private CharacterF() {}

  /**
   * The score of texts beside what was expected.
   *
   * @param expected as many
   */
  public static double of(List<String> texts, List<String> expected) {
    double precision = 0;
    double recall = 0;
    int orders = 0;
    for (int n = 1; n <= ORDER; n++) {
      long same = 0;
      long said = 0;
      long wanted = 0;
      for (int i = 0; i < texts.size(); i++) {
        Map<String, Integer> have = series(texts.get(i), n);
        Map<String, Integer> want = series(expected.get(i), n);
        for (Map.Entry<String, Integer> one : have.entrySet()) {
          same += Math.min(one.getValue(), want.getOrDefault(one.getKey(), 0));
          said += one.getValue();
        }
        wanted += want.values().stream().mapToInt(Integer::intValue).sum();
      }
      if (said > 0 && wanted > 0) {
        precision += (double) same / said;
        recall += (double) same / wanted;
        orders++;
      }
    }
    if (orders == 0 || precision + recall == 0) {
      return 0;
    }
    precision /= orders;
    recall /= orders;
    double factor = BETA * BETA;
    return 100 * (1 + factor) * precision * recall / (factor * precision + recall);
  }

  private static Map<String, Integer> series(String text, int size) {
    int[] points = text.codePoints().filter(c -> !Character.isWhitespace(c)).toArray();
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i + size <= points.length; i++) {
      counts.merge(new String(points, i, size), 1, Integer::sum);
    }
    return counts;
  }
}

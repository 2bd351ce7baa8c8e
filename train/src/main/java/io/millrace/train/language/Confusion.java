package io.millrace.train.language;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/** How often a class was said of another. */
final class Confusion {
  private final Map<Long, Integer> counts = new HashMap<>();
  private final TreeSet<Integer> classes = new TreeSet<>();
  private int right;
  private int all;

  void add(int is, int said) {
    counts.merge((long) is << 32 | said, 1, Integer::sum);
    classes.add(is);
    classes.add(said);
    right += is == said ? 1 : 0;
    all++;
  }

  double accuracy() {
    return (double) right / all;
  }

  /** The mean over classes of the harmonic mean of precision and recall, as scikit-learn has it. */
  double f1() {
    double sum = 0;
    for (int one : classes) {
      int hits = counts.getOrDefault((long) one << 32 | one, 0);
      int said = 0;
      int is = 0;
      for (int other : classes) {
        said += counts.getOrDefault((long) other << 32 | one, 0);
        is += counts.getOrDefault((long) one << 32 | other, 0);
      }
      sum += said + is == 0 ? 0 : 2.0 * hits / (said + is);
    }
    return sum / classes.size();
  }
}

package io.millrace.evaluate.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * ROUGE (Lin 2004): how far a summary has the words of another, from 0 to 1, the mean over texts of
 * the harmonic mean of precision and recall; in English as Google's rouge-score without stemming
 * computes it, Chinese by character.
 */
public final class Rouge {
  private static final Pattern WORD = Pattern.compile("\\p{IsHan}|[\\p{L}\\p{N}&&[^\\p{IsHan}]]+");

  private Rouge() {}

  /** Of series of so many words: ROUGE-1, ROUGE-2. */
  public static double of(List<String> texts, List<String> expected, int size) {
    double sum = 0;
    for (int i = 0; i < texts.size(); i++) {
      Map<List<String>, Integer> have = series(words(texts.get(i)), size);
      Map<List<String>, Integer> want = series(words(expected.get(i)), size);
      long same = 0;
      for (Map.Entry<List<String>, Integer> one : have.entrySet()) {
        same += Math.min(one.getValue(), want.getOrDefault(one.getKey(), 0));
      }
      sum += mean(same, count(have), count(want));
    }
    return texts.isEmpty() ? 0 : sum / texts.size();
  }

  /** Of the longest series of words that both have in the same order: ROUGE-L. */
  public static double longest(List<String> texts, List<String> expected) {
    double sum = 0;
    for (int i = 0; i < texts.size(); i++) {
      List<String> have = words(texts.get(i));
      List<String> want = words(expected.get(i));
      sum += mean(common(have, want), have.size(), want.size());
    }
    return texts.isEmpty() ? 0 : sum / texts.size();
  }

  private static double mean(long same, long have, long want) {
    return same == 0 ? 0 : 2.0 * same / (have + want);
  }

  private static long count(Map<List<String>, Integer> series) {
    return series.values().stream().mapToInt(Integer::intValue).sum();
  }

  private static List<String> words(String text) {
    List<String> all = new ArrayList<>();
    Matcher found = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (found.find()) {
      all.add(found.group());
    }
    return all;
  }

  private static Map<List<String>, Integer> series(List<String> words, int size) {
    Map<List<String>, Integer> counts = new HashMap<>();
    for (int i = 0; i + size <= words.size(); i++) {
      counts.merge(words.subList(i, i + size), 1, Integer::sum);
    }
    return counts;
  }

  private static int common(List<String> one, List<String> other) {
    int[] before = new int[other.size() + 1];
    for (String word : one) {
      int[] now = new int[other.size() + 1];
      for (int j = 1; j <= other.size(); j++) {
        now[j] =
            word.equals(other.get(j - 1)) ? before[j - 1] + 1 : Math.max(before[j], now[j - 1]);
      }
      before = now;
    }
    return before[other.size()];
  }
}

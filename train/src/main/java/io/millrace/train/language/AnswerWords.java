package io.millrace.train.language;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The words of an answer as SQuAD's script compares them: lower case, without punctuation and
 * English articles; each Chinese character is a word, as in CMRC 2018's.
 */
final class AnswerWords {
  private AnswerWords() {}

  static List<String> of(String answer) {
    String plain =
        answer
            .toLowerCase(Locale.ROOT)
            .replaceAll("\\p{IsPunctuation}|[\\p{Sm}\\p{Sk}\\p{Sc}&&\\p{ASCII}]", "")
            .replaceAll("\\b(a|an|the)\\b", " ")
            .replaceAll("(\\p{IsHan})", " $1 ")
            .strip();
    return plain.isEmpty() ? List.of() : List.of(plain.split("\\s+"));
  }

  /** How far two answers have the same words, from 0 to 1. */
  static double f1(String one, String other) {
    List<String> left = of(one);
    List<String> right = new ArrayList<>(of(other));
    if (left.isEmpty() || right.isEmpty()) {
      return left.isEmpty() && right.isEmpty() ? 1 : 0;
    }
    Map<String, Integer> counts = new HashMap<>();
    left.forEach(word -> counts.merge(word, 1, Integer::sum));
    int same = 0;
    for (String word : right) {
      int count = counts.getOrDefault(word, 0);
      same += count > 0 ? 1 : 0;
      counts.put(word, count - 1);
    }
    return 2.0 * same / (left.size() + right.size());
  }
}

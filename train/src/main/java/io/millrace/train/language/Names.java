package io.millrace.train.language;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Names that were found: right are those of which beginning, end and kind are right. A name begins
 * with {@code B-}, or with {@code I-} of another kind than before, as conlleval and seqeval read
 * it.
 */
final class Names {
  private record Span(String kind, int from, int to) {}

  private int right;
  private int is;
  private int said;

  /** Counts a text's names. */
  void add(List<String> tags, List<String> found) {
    Set<Span> real = spans(tags);
    Set<Span> guessed = spans(found);
    is += real.size();
    said += guessed.size();
    real.retainAll(guessed);
    right += real.size();
  }

  double f1() {
    return is + said == 0 ? 0 : 2.0 * right / (is + said);
  }

  private static Set<Span> spans(List<String> tags) {
    Set<Span> all = new HashSet<>();
    String kind = "";
    int from = 0;
    for (int i = 0; i <= tags.size(); i++) {
      String tag = i < tags.size() ? tags.get(i) : "O";
      String now = tag.length() > 2 && tag.charAt(1) == '-' ? tag.substring(2) : "";
      if (!kind.isEmpty() && (!now.equals(kind) || tag.startsWith("B-"))) {
        all.add(new Span(kind, from, i));
        kind = "";
      }
      if (kind.isEmpty() && !now.isEmpty()) {
        kind = now;
        from = i;
      }
    }
    return all;
  }
}

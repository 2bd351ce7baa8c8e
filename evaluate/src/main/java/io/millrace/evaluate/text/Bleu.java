package io.millrace.evaluate.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * BLEU of a corpus (Papineni et al. 2002), from 0 to 100, as sacreBLEU 2.6 computes it: one to four
 * words, exponential smoothing, one reference for each text.
 */
public final class Bleu {
  private static final int ORDER = 4;

  /** How texts are cut into words. */
  public enum Words {
    /** As mteval-v13a does: for languages with spaces. */
    SPACED,
    /** Chinese characters one by one, everything else as mteval-v13a. */
    CHINESE
  }

  private Bleu() {}

  /** Which cut fits these texts: by character where there is any Chinese. */
  public static Words wordsOf(List<String> texts) {
    boolean chinese =
        texts.stream()
            .flatMapToInt(String::codePoints)
            .anyMatch(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN);
    return chinese ? Words.CHINESE : Words.SPACED;
  }

  /**
   * The score of texts beside what was expected.
   *
   * @param expected as many
   */
  public static double of(List<String> texts, List<String> expected, Words words) {
    long[] right = new long[ORDER];
    long[] all = new long[ORDER];
    long length = 0;
    long reference = 0;
    for (int i = 0; i < texts.size(); i++) {
      List<String> said = cut(texts.get(i), words);
      List<String> wanted = cut(expected.get(i), words);
      length += said.size();
      reference += wanted.size();
      for (int n = 1; n <= ORDER; n++) {
        Map<List<String>, Integer> have = series(said, n);
        Map<List<String>, Integer> want = series(wanted, n);
        for (Map.Entry<List<String>, Integer> one : have.entrySet()) {
          right[n - 1] += Math.min(one.getValue(), want.getOrDefault(one.getKey(), 0));
          all[n - 1] += one.getValue();
        }
      }
    }
    if (right[0] == 0) {
      return 0;
    }
    double logs = 0;
    double halves = 1;
    for (int n = 0; n < ORDER; n++) {
      if (all[n] == 0) {
        return 0;
      }
      double share;
      if (right[n] == 0) {
        // Each order without a hit counts as half as much as the one before.
        halves *= 2;
        share = 1 / (halves * all[n]);
      } else {
        share = (double) right[n] / all[n];
      }
      logs += Math.log(share);
    }
    double brevity = length < reference ? Math.exp(1 - (double) reference / length) : 1;
    return 100 * brevity * Math.exp(logs / ORDER);
  }

  private static Map<List<String>, Integer> series(List<String> words, int size) {
    Map<List<String>, Integer> counts = new HashMap<>();
    for (int i = 0; i + size <= words.size(); i++) {
      counts.merge(words.subList(i, i + size), 1, Integer::sum);
    }
    return counts;
  }

  /** A text's words. */
  static List<String> cut(String text, Words words) {
    String plain = text;
    if (words == Words.CHINESE) {
      StringBuilder apart = new StringBuilder();
      text.strip()
          .codePoints()
          .forEach(
              c -> {
                if (standsAlone(c)) {
                  apart.append(' ').appendCodePoint(c).append(' ');
                } else {
                  apart.appendCodePoint(c);
                }
              });
      plain = apart.toString();
    } else {
      plain =
          text.replace("<skipped>", "")
              .replace("-\n", "")
              .replace('\n', ' ')
              .replace("&quot;", "\"")
              .replace("&amp;", "&")
              .replace("&lt;", "<")
              .replace("&gt;", ">");
      plain = " " + plain + " ";
    }
    String spaced =
        plain
            .replaceAll("([\\{-\\~\\[-\\` -\\&\\(-\\+\\:-\\@\\/])", " $1 ")
            .replaceAll("([^0-9])([\\.,])", "$1 $2 ")
            .replaceAll("([\\.,])([^0-9])", " $1 $2")
            .replaceAll("([0-9])(-)", "$1 $2 ")
            .strip();
    List<String> all = new ArrayList<>();
    for (String word : spaced.split("[\\s\\u00a0\\u3000]+")) {
      if (!word.isEmpty()) {
        all.add(word);
      }
    }
    return all;
  }

  /** The characters that sacreBLEU takes for Chinese ones, punctuation and symbols included. */
  private static boolean standsAlone(int c) {
    return (c >= 0x3400 && c <= 0x4db5)
        || (c >= 0x4e00 && c <= 0x9fbb)
        || (c >= 0xf900 && c <= 0xfa2d)
        || (c >= 0xfa30 && c <= 0xfa6a)
        || (c >= 0xfa70 && c <= 0xfad9)
        || (c > 0x2000 && c <= 0x2a6d)
        || (c >= 0x2e80 && c <= 0x2fdf)
        || (c >= 0x2ff0 && c <= 0x303f)
        || (c >= 0x3100 && c <= 0x312f)
        || (c >= 0x31a0 && c <= 0x31bf)
        || (c >= 0x31c0 && c <= 0x31ef)
        || (c >= 0x3200 && c <= 0x33ff)
        || (c >= 0xfe10 && c <= 0xfe1f)
        || (c >= 0xfe30 && c <= 0xfe4f)
        || (c >= 0xff00 && c <= 0xffef);
  }
}

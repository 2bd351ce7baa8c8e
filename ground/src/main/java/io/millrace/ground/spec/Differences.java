package io.millrace.ground.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Where two sets of settings differ. */
public final class Differences {
  private Differences() {}

  /** A line {@code key: before → after} for each key that differs, in the keys' order. */
  public static List<String> between(Map<String, String> before, Map<String, String> after) {
    TreeSet<String> keys = new TreeSet<>(before.keySet());
    keys.addAll(after.keySet());
    List<String> differences = new ArrayList<>();
    for (String key : keys) {
      String was = before.getOrDefault(key, "–");
      String is = after.getOrDefault(key, "–");
      if (!was.equals(is)) {
        differences.add(key + ": " + was + " → " + is);
      }
    }
    return differences;
  }
}

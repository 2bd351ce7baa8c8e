package io.millrace.model.folder;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What weights are called in a folder, as a table: a line {@code ours = theirs}, where {@code #}
 * stands for a number and {@code *} for {@code weight} or {@code bias}. Several of theirs joined by
 * {@code +} are one of ours, their rows one below the other; {@code zeros} in their place stands
 * for rows that the folder leaves out. Behind a name of theirs, {@code transposed} says that rows
 * and columns are swapped there, {@code lead 2} that two dimensions of size 1 stand before. Names
 * of theirs begin with the family's prefix unless written with a slash before.
 */
final class WeightMap {
  /** What stands for rows that a folder leaves out. */
  static final String ZEROS = "zeros";

  private static final Pattern NUMBER = Pattern.compile("(?<=^|\\.)[0-9]+(?=\\.|$)");

  /**
   * A name of theirs.
   *
   * @param lead dimensions of size 1 before ours
   */
  record Theirs(String name, boolean transposed, int lead) {}

  private final String prefix;
  private final Map<String, List<Theirs>> lines = new LinkedHashMap<>();

  WeightMap(String prefix, String table) {
    this.prefix = prefix;
    for (String line : table.split("\n")) {
      if (line.isBlank()) {
        continue;
      }
      String[] sides = line.split(" = ", 2);
      List<Theirs> theirs = new ArrayList<>();
      for (String name : sides[1].split(" \\+ ")) {
        String[] words = name.strip().split(" ");
        theirs.add(
            new Theirs(
                words[0],
                words.length > 1 && words[1].equals("transposed"),
                words.length > 2 && words[1].equals("lead") ? Integer.parseInt(words[2]) : 0));
      }
      lines.put(sides[0].strip(), theirs);
    }
  }

  String prefix() {
    return prefix;
  }

  /**
   * Their names for one of ours.
   *
   * @param bare whether the folder leaves the prefix out
   */
  List<Theirs> theirs(String ours, boolean bare) {
    List<String> numbers = new ArrayList<>();
    Matcher found = NUMBER.matcher(ours);
    while (found.find()) {
      numbers.add(found.group());
    }
    String pattern = NUMBER.matcher(ours).replaceAll("#");
    List<Theirs> line = lines.get(pattern);
    String kind = pattern.substring(pattern.lastIndexOf('.') + 1);
    if (line == null) {
      line = lines.get(pattern.substring(0, pattern.length() - kind.length()) + "*");
    }
    if (line == null) {
      throw new IllegalStateException("no line for " + ours);
    }
    List<Theirs> names = new ArrayList<>();
    for (Theirs one : line) {
      String name = one.name;
      for (String number : numbers) {
        name = name.replaceFirst("#", number);
      }
      name = name.replace("*", kind);
      if (!name.equals(ZEROS)) {
        name = name.startsWith("/") ? name.substring(1) : bare ? name : prefix + name;
      }
      names.add(new Theirs(name, one.transposed, one.lead));
    }
    return names;
  }
}

package io.millrace.data.grammar;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keys that are none of some names. */
final class KeyGrammar {
  private static final Grammar ANY =
      new Grammar.Repeat(JsonText.PLAIN_CHARACTER, 0, Grammar.Repeat.UNBOUNDED);
  private static final CodePoints QUOTED = CodePoints.range(0, 0x1F).and(CodePoints.of("\"\\"));

  private KeyGrammar() {}

  static Grammar other(Collection<String> names) {
    return JsonText.quoted(after("", names));
  }

  private static Grammar after(String beginning, Collection<String> names) {
    CodePoints next = CodePoints.none();
    Map<Integer, List<String>> longer = new TreeMap<>();
    boolean isName = false;
    for (String name : names) {
      if (name.equals(beginning)) {
        isName = true;
      } else {
        int c = name.codePointAt(beginning.length());
        next = next.and(CodePoints.range(c, c));
        longer.computeIfAbsent(c, key -> new ArrayList<>()).add(name);
      }
    }
    List<Grammar> options = new ArrayList<>();
    options.add(Grammar.row(CodePoints.plain(next.and(QUOTED).others()), ANY));
    longer.forEach(
        (c, rest) -> {
          if (!QUOTED.contains(c)) {
            String one = Character.toString(c);
            options.add(Grammar.row(Grammar.text(one), after(beginning + one, rest)));
          }
        });
    if (!isName) {
      options.add(Grammar.EMPTY);
    }
    return new Grammar.Choice(options);
  }
}

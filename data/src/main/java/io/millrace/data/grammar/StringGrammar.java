package io.millrace.data.grammar;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON strings of a format or pattern. */
final class StringGrammar {
  private static final String DATE =
      "([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
          + "|02-(0[1-9]|1[0-9]|2[0-8]))"
          + "|[0-9]{2}(0[48]|[2468][048]|[13579][26])-02-29)";
  private static final String ZONE = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
  private static final String TIME =
      "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?" + ZONE;
  private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?";
  private static final String HOST = "(" + LABEL + "\\.){1,4}[a-z]{2,10}";

  /** Others are notes: a schema's author wants them shown, not kept to. */
  private static final Map<String, String> FORMATS =
      Map.of(
          "date",
          DATE,
          "time",
          TIME,
          "date-time",
          DATE + "T" + TIME,
          "duration",
          "P([1-9][0-9]{0,3}[DMY]|T[1-9][0-9]{0,3}[HMS])",
          "uuid",
          "[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
          "ipv4",
          "(" + BYTE + "\\.){3}" + BYTE,
          "ipv6",
          "([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}",
          "hostname",
          HOST,
          "email",
          "[A-Za-z0-9]([A-Za-z0-9_-]{0,30}[A-Za-z0-9])?@" + HOST,
          "uri",
          "https?://" + HOST + "(/[A-Za-z0-9_~-]{1,40}){0,8}/?");

  private StringGrammar() {}

  /** Strings of this format; null if it is not known. */
  static @Nullable Grammar format(String format) {
    String regex = FORMATS.get(format);
    return regex == null
        ? null
        : JsonText.quoted(new RegexGrammar(regex, JsonText::escaped).whole());
  }

  /** Strings in which this is found. */
  static Grammar pattern(String regex) {
    Grammar any = new Grammar.Repeat(JsonText.CHARACTER, 0, Grammar.Repeat.UNBOUNDED);
    return JsonText.quoted(new RegexGrammar(regex, JsonText::escaped).found(any));
  }
}

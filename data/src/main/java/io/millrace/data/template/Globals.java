package io.millrace.data.template;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that every template knows. */
final class Globals {
  private static final long MOST = 100_000;
  private static final Map<String, Values.Callable> ALL =
      Map.of(
          "range", Globals::range,
          "namespace", arguments -> new Namespace(arguments.named()),
          "dict", arguments -> new LinkedHashMap<>(arguments.named()),
          "raise_exception", Globals::raise,
          "strftime_now", Globals::now);

  private Globals() {}

  /** A name's value: what the template set or was given, or one of these functions. */
  static @Nullable Object named(Run run, String name) {
    Object value = run.get(name);
    if (value instanceof Values.Undefined && ALL.containsKey(name)) {
      return ALL.get(name);
    }
    return value;
  }

  private static Object range(Values.Arguments arguments) {
    List<@Nullable Object> given = arguments.plain();
    long start = given.size() > 1 ? Values.whole(given.get(0), 0) : 0;
    long end = Values.whole(given.isEmpty() ? null : given.get(given.size() > 1 ? 1 : 0), 0);
    long step = given.size() > 2 ? Values.whole(given.get(2), 0) : 1;
    if (step == 0 || Math.abs((end - start) / step) > MOST) {
      throw new TemplateException("range", MOST);
    }
    List<@Nullable Object> numbers = new ArrayList<>();
    for (long i = start; step > 0 ? i < end : i > end; i += step) {
      numbers.add(i);
    }
    return numbers;
  }

  private static Object raise(Values.Arguments arguments) {
    throw new TemplateException("raised", Values.text(arguments.get(0, "message", "")));
  }

  private static Object now(Values.Arguments arguments) {
    String format = Values.text(arguments.get(0, "format", "%Y-%m-%d"));
    LocalDateTime now = LocalDateTime.now();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        text.append(c);
        continue;
      }
      char kind = format.charAt(++i);
      boolean bare = kind == '-' && i + 1 < format.length();
      String part =
          String.format(java.util.Locale.ENGLISH, pattern(bare ? format.charAt(++i) : kind), now);
      text.append(bare ? part.replaceFirst("^0+(?=.)", "") : part);
    }
    return text.toString();
  }

  private static String pattern(char kind) {
    return switch (kind) {
      case 'Y' -> "%tY";
      case 'y' -> "%ty";
      case 'm' -> "%tm";
      case 'd' -> "%td";
      case 'e' -> "%te";
      case 'B' -> "%tB";
      case 'b', 'h' -> "%tb";
      case 'A' -> "%tA";
      case 'a' -> "%ta";
      case 'H' -> "%tH";
      case 'I' -> "%tI";
      case 'M' -> "%tM";
      case 'S' -> "%tS";
      case 'p' -> "%Tp";
      case 'j' -> "%tj";
      case '%' -> "%%";
      default -> throw new TemplateException("date", "%" + kind);
    };
  }
}

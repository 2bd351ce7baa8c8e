package io.millrace.data.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What stands behind {@code |}. */
final class Filters {
  private static final Set<String> NAMES =
      Set.of(
          ("tojson trim length count join first last lower upper title capitalize replace default"
                  + " d list string int float items dictsort selectattr rejectattr select reject"
                  + " map sort unique reverse sum min max abs round safe escape e indent"
                  + " wordcount batch groupby")
              .split(" "));

  private Filters() {}

  static void check(String name, int line) {
    if (!NAMES.contains(name)) {
      throw new TemplateException("filter", name, line);
    }
  }

  static @Nullable Object apply(
      Run run, String name, @Nullable Object value, Values.Arguments arguments, int line) {
    return switch (name) {
      case "tojson" -> JsonText.of(defined(value, line), shifted(arguments));
      case "trim" ->
          arguments.get(0, "chars", null) instanceof String set
              ? Text.strip(Values.text(value), set, true, true)
              : Text.strip(Values.text(value));
      case "length", "count" -> length(value, line);
      case "join" -> join(value, arguments, line);
      case "first" -> edge(value, true, line);
      case "last" -> edge(value, false, line);
      case "lower" -> Values.text(value).toLowerCase(Locale.ROOT);
      case "upper" -> Values.text(value).toUpperCase(Locale.ROOT);
      case "title" -> title(Values.text(value));
      case "capitalize" -> capitalize(Values.text(value));
      case "replace" ->
          replace(
              Values.text(value),
              Values.text(arguments.get(0, "old", "")),
              Values.text(arguments.get(1, "new", "")),
              arguments.get(2, "count", null) instanceof Long count ? count : -1);
      case "default", "d" -> {
        boolean falseToo = Values.isTrue(arguments.get(1, "boolean", false));
        boolean absent = value instanceof Values.Undefined || (falseToo && !Values.isTrue(value));
        yield absent ? arguments.get(0, "default_value", "") : value;
      }
      case "list" -> Values.items(value, line);
      case "string" -> Values.text(value);
      case "int" -> whole(value, arguments);
      case "float" -> fraction(value, arguments);
      case "items" ->
          value instanceof Values.Undefined
              ? new ArrayList<@Nullable Object>()
              : Operations.call(
                  run,
                  Methods.of(defined(value, line), "items", line),
                  new Values.Arguments(List.of(), Map.of()),
                  line);
      case "dictsort" -> dictsort(value, arguments, line);
      case "select", "reject" ->
          chosen(value, line, name.equals("select"), one -> test(one, arguments, 0, line));
      case "selectattr", "rejectattr" -> {
        String attribute = Values.text(arguments.get(0, "attribute", ""));
        yield chosen(
            value,
            line,
            name.equals("selectattr"),
            one -> test(path(one, attribute, line), arguments, 1, line));
      }
      case "map" -> mapped(run, value, arguments, line);
      case "sort" -> sorted(value, arguments, line);
      case "unique" -> unique(value, line);
      case "reverse" ->
          value instanceof String text
              ? new StringBuilder(text).reverse().toString()
              : Values.items(value, line).reversed();
      case "sum" -> {
        Object sum = arguments.get(1, "start", 0L);
        String attribute = arguments.get(0, "attribute", null) instanceof String path ? path : null;
        for (Object one : Values.items(value, line)) {
          sum = Operations.of("+", sum, attribute == null ? one : path(one, attribute, line), line);
        }
        yield sum;
      }
      case "min", "max" -> extreme(value, name.equals("max"), line);
      case "abs" ->
          value instanceof Double number
              ? (Object) Math.abs(number)
              : Math.abs(Values.whole(value, line));
      case "round" -> round(value, arguments, line);
      case "escape", "e" ->
          Values.text(value)
              .replace("&", "&amp;")
              .replace("<", "&lt;")
              .replace(">", "&gt;")
              .replace("'", "&#39;")
              .replace("\"", "&#34;");
      case "indent" -> indent(Values.text(value), arguments);
      case "wordcount" -> {
        String text = Text.strip(Values.text(value));
        yield text.isEmpty() ? 0L : (long) text.split("\\s+").length;
      }
      case "batch" -> batch(value, arguments, line);
      case "groupby" -> groups(value, arguments, line);
      default -> value;
    };
  }

  private static @Nullable Object defined(@Nullable Object value, int line) {
    if (value instanceof Values.Undefined undefined) {
      throw new TemplateException("undefined", undefined.name(), line);
    }
    return value;
  }

  /** As a call of {@code dumps} sees them, whose first argument is the value. */
  private static Values.Arguments shifted(Values.Arguments arguments) {
    List<@Nullable Object> plain = new ArrayList<>();
    plain.add(null);
    plain.addAll(arguments.plain());
    return new Values.Arguments(plain, arguments.named());
  }

  private static Object length(@Nullable Object value, int line) {
    return switch (value) {
      case String text -> (long) text.codePointCount(0, text.length());
      case Map<?, ?> map -> (long) map.size();
      case null, default -> (long) Values.items(value, line).size();
    };
  }

  private static String join(@Nullable Object value, Values.Arguments arguments, int line) {
    String attribute = arguments.get(1, "attribute", null) instanceof String path ? path : null;
    List<String> parts = new ArrayList<>();
    long length = 0;
    for (Object one : Values.items(value, line)) {
      String part = Values.text(attribute == null ? one : path(one, attribute, line));
      length += part.length();
      if (length > Run.LONGEST) {
        throw new TemplateException("long", Run.LONGEST >> 20);
      }
      parts.add(part);
    }
    return String.join(Values.text(arguments.get(0, "d", "")), parts);
  }

  private static @Nullable Object edge(@Nullable Object value, boolean first, int line) {
    List<@Nullable Object> items = Values.items(value, line);
    if (items.isEmpty()) {
      return new Values.Undefined(first ? "first" : "last");
    }
    return first ? items.getFirst() : items.getLast();
  }

  static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean inside = false;
    for (int c : text.codePoints().toArray()) {
      out.appendCodePoint(inside ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inside = Character.isLetter(c);
    }
    return out.toString();
  }

  static String capitalize(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT)
            + text.substring(1).toLowerCase(Locale.ROOT);
  }

  static String replace(String text, String old, String fresh, long count) {
    if (old.isEmpty()) {
      throw new TemplateException("separator");
    }
    StringBuilder out = new StringBuilder();
    int from = 0;
    for (long i = 0; count < 0 || i < count; i++) {
      int at = text.indexOf(old, from);
      if (at < 0) {
        break;
      }
      out.append(text, from, at).append(fresh);
      from = at + old.length();
      if (out.length() > Run.LONGEST) {
        throw new TemplateException("long", Run.LONGEST >> 20);
      }
    }
    return out.append(text, from, text.length()).toString();
  }

  private static @Nullable Object whole(@Nullable Object value, Values.Arguments arguments) {
    try {
      return switch (value) {
        case Double number -> number.longValue();
        case Long number -> number;
        case Boolean flag -> flag ? 1L : 0L;
        case String text -> (long) Double.parseDouble(Text.strip(text));
        case null, default -> arguments.get(0, "default", 0L);
      };
    } catch (NumberFormatException e) {
      return arguments.get(0, "default", 0L);
    }
  }

  private static @Nullable Object fraction(@Nullable Object value, Values.Arguments arguments) {
    try {
      return switch (value) {
        case Number number -> number.doubleValue();
        case String text -> Double.parseDouble(Text.strip(text));
        case null, default -> arguments.get(0, "default", 0.0);
      };
    } catch (NumberFormatException e) {
      return arguments.get(0, "default", 0.0);
    }
  }

  private static Object dictsort(@Nullable Object value, Values.Arguments arguments, int line) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new TemplateException("items", Values.kind(value), line);
    }
    boolean byValue = "value".equals(arguments.get(1, "by", "key"));
    List<@Nullable Object> pairs = new ArrayList<>();
    map.forEach((key, one) -> pairs.add(Tuple.of(key, one)));
    pairs.sort(
        (a, b) ->
            Values.compare(
                lower(((List<?>) java.util.Objects.requireNonNull(a)).get(byValue ? 1 : 0)),
                lower(((List<?>) java.util.Objects.requireNonNull(b)).get(byValue ? 1 : 0)),
                line));
    return Values.isTrue(arguments.get(2, "reverse", false)) ? pairs.reversed() : pairs;
  }

  private static @Nullable Object lower(@Nullable Object value) {
    return value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
  }

  private static List<@Nullable Object> chosen(
      @Nullable Object value,
      int line,
      boolean wanted,
      java.util.function.Predicate<@Nullable Object> test) {
    List<@Nullable Object> out = new ArrayList<>();
    for (Object one : Values.items(value, line)) {
      if (test.test(one) == wanted) {
        out.add(one);
      }
    }
    return out;
  }

  private static boolean test(
      @Nullable Object value, Values.Arguments arguments, int place, int line) {
    Object name = arguments.get(place, "test", null);
    if (name == null) {
      return Values.isTrue(value);
    }
    String test =
        switch (Values.text(name)) {
          case "==" -> "eq";
          case "!=" -> "ne";
          case "<" -> "lt";
          case "<=" -> "le";
          case ">" -> "gt";
          case ">=" -> "ge";
          default -> Values.text(name);
        };
    Tests.check(test, line);
    List<@Nullable Object> plain = arguments.plain();
    return Tests.holds(
        test,
        value,
        new Values.Arguments(
            plain.subList(Math.min(place + 1, plain.size()), plain.size()), Map.of()),
        line);
  }

  /** The item at a path with dots. */
  private static @Nullable Object path(@Nullable Object value, String path, int line) {
    Object at = value;
    for (String name : path.split("\\.")) {
      at =
          at instanceof Values.Undefined
              ? at
              : Operations.item(
                  at, name.matches("[0-9]+") ? (Object) Long.valueOf(name) : name, line);
    }
    return at;
  }

  private static Object mapped(
      Run run, @Nullable Object value, Values.Arguments arguments, int line) {
    List<@Nullable Object> out = new ArrayList<>();
    boolean byAttribute = arguments.named().containsKey("attribute");
    String name =
        Values.text(
            byAttribute ? arguments.named().get("attribute") : arguments.get(0, "filter", ""));
    if (!byAttribute) {
      check(name, line);
    }
    Values.Arguments rest =
        new Values.Arguments(
            arguments
                .plain()
                .subList(Math.min(1, arguments.plain().size()), arguments.plain().size()),
            arguments.named());
    for (Object one : Values.items(value, line)) {
      run.step();
      if (byAttribute) {
        Object found = path(one, name, line);
        boolean otherwise =
            found instanceof Values.Undefined && arguments.named().containsKey("default");
        out.add(otherwise ? arguments.named().get("default") : found);
      } else {
        out.add(apply(run, name, one, rest, line));
      }
    }
    return out;
  }

  private static Object sorted(@Nullable Object value, Values.Arguments arguments, int line) {
    String attribute = arguments.get(2, "attribute", null) instanceof String path ? path : null;
    boolean exact = Values.isTrue(arguments.get(1, "case_sensitive", false));
    List<@Nullable Object> items = Values.items(value, line);
    Comparator<@Nullable Object> order =
        (a, b) -> {
          Object x = attribute == null ? a : path(a, attribute, line);
          Object y = attribute == null ? b : path(b, attribute, line);
          return Values.compare(exact ? x : lower(x), exact ? y : lower(y), line);
        };
    boolean reversed = Values.isTrue(arguments.get(0, "reverse", false));
    items.sort(reversed ? order.reversed() : order);
    return items;
  }

  private static Object unique(@Nullable Object value, int line) {
    List<@Nullable Object> out = new ArrayList<>();
    for (Object one : Values.items(value, line)) {
      if (out.stream().noneMatch(seen -> Values.equal(lower(seen), lower(one)))) {
        out.add(one);
      }
    }
    return out;
  }

  private static @Nullable Object extreme(@Nullable Object value, boolean most, int line) {
    List<@Nullable Object> items = Values.items(value, line);
    if (items.isEmpty()) {
      return new Values.Undefined(most ? "max" : "min");
    }
    Object best = items.getFirst();
    for (Object one : items) {
      int order = Values.compare(one, best, line);
      best = most ? (order > 0 ? one : best) : (order < 0 ? one : best);
    }
    return best;
  }

  private static Object round(@Nullable Object value, Values.Arguments arguments, int line) {
    long digits = arguments.get(0, "precision", 0L) instanceof Long number ? number : 0;
    RoundingMode mode =
        switch (Values.text(arguments.get(1, "method", "common"))) {
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> RoundingMode.HALF_EVEN;
        };
    return new BigDecimal(Values.number(value, line))
        .setScale((int) Math.clamp(digits, -300, 300), mode)
        .doubleValue();
  }

  private static String indent(String text, Values.Arguments arguments) {
    Object width = arguments.get(0, "width", 4L);
    String blanks =
        width instanceof Long count
            ? " ".repeat((int) Math.clamp(count, 0, 1000))
            : Values.text(width);
    boolean first = Values.isTrue(arguments.get(1, "first", false));
    boolean empty = Values.isTrue(arguments.get(2, "blank", false));
    StringBuilder out = new StringBuilder();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      out.append(i > 0 ? "\n" : "");
      boolean shift = (i > 0 || first) && (empty || !lines[i].isEmpty());
      out.append(shift ? blanks : "").append(lines[i]);
    }
    return out.toString();
  }

  private static Object batch(@Nullable Object value, Values.Arguments arguments, int line) {
    long size = Values.whole(arguments.get(0, "linecount", null), line);
    List<@Nullable Object> out = new ArrayList<>();
    List<@Nullable Object> row = new ArrayList<>();
    for (Object one : Values.items(value, line)) {
      if (row.size() >= size) {
        out.add(row);
        row = new ArrayList<>();
      }
      row.add(one);
    }
    if (!row.isEmpty()) {
      out.add(row);
    }
    return out;
  }

  private static Object groups(@Nullable Object value, Values.Arguments arguments, int line) {
    String attribute = Values.text(arguments.get(0, "attribute", ""));
    Map<String, List<@Nullable Object>> groups = new LinkedHashMap<>();
    Map<String, @Nullable Object> keys = new LinkedHashMap<>();
    Values.Arguments by =
        new Values.Arguments(List.of(), new LinkedHashMap<>(Map.of("attribute", attribute)));
    for (Object one : (List<?>) sorted(value, by, line)) {
      Object key = path(one, attribute, line);
      keys.putIfAbsent(Values.text(key), key);
      groups.computeIfAbsent(Values.text(key), any -> new ArrayList<>()).add(one);
    }
    List<@Nullable Object> out = new ArrayList<>();
    groups.forEach((key, items) -> out.add(Tuple.of(keys.get(key), items)));
    return out;
  }
}

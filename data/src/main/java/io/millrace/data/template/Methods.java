package io.millrace.data.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The methods of Python's texts, lists and dictionaries that change nothing. */
final class Methods {
  private Methods() {}

  static Values.@Nullable Callable of(@Nullable Object value, String name, int line) {
    return switch (value) {
      case String text -> text(text, name, line);
      case Map<?, ?> map -> map(map, name);
      case List<?> list -> list(list, name, line);
      case null, default -> null;
    };
  }

  private static Values.@Nullable Callable map(Map<?, ?> map, String name) {
    return switch (name) {
      case "items" ->
          arguments -> {
            List<@Nullable Object> items = new ArrayList<>();
            map.forEach((key, value) -> items.add(Tuple.of(key, value)));
            return items;
          };
      case "keys" -> arguments -> new ArrayList<@Nullable Object>(map.keySet());
      case "values" -> arguments -> new ArrayList<@Nullable Object>(map.values());
      case "get" ->
          arguments -> {
            String key = Values.text(arguments.get(0, "key", null));
            return map.containsKey(key) ? map.get(key) : arguments.get(1, "default", null);
          };
      default -> null;
    };
  }

  private static Values.@Nullable Callable list(List<?> list, String name, int line) {
    return switch (name) {
      case "index" ->
          arguments -> {
            for (int i = 0; i < list.size(); i++) {
              if (Values.equal(list.get(i), arguments.get(0, "value", null))) {
                return (long) i;
              }
            }
            throw new TemplateException("absent", line);
          };
      case "count" ->
          arguments ->
              list.stream()
                  .filter(one -> Values.equal(one, arguments.get(0, "value", null)))
                  .count();
      case "append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse" ->
          arguments -> {
            throw new TemplateException("unsafe", name, line);
          };
      default -> null;
    };
  }

  private static Values.@Nullable Callable text(String text, String name, int line) {
    return switch (name) {
      case "strip" -> arguments -> strip(text, arguments, true, true);
      case "lstrip" -> arguments -> strip(text, arguments, true, false);
      case "rstrip" -> arguments -> strip(text, arguments, false, true);
      case "upper" -> arguments -> text.toUpperCase(Locale.ROOT);
      case "lower" -> arguments -> text.toLowerCase(Locale.ROOT);
      case "title" -> arguments -> Filters.title(text);
      case "capitalize" -> arguments -> Filters.capitalize(text);
      case "startswith" -> arguments -> any(arguments, text::startsWith);
      case "endswith" -> arguments -> any(arguments, text::endsWith);
      case "split" -> arguments -> split(text, arguments, false);
      case "rsplit" -> arguments -> split(text, arguments, true);
      case "splitlines" -> arguments -> new ArrayList<@Nullable Object>(text.lines().toList());
      case "replace" ->
          arguments ->
              Filters.replace(
                  text,
                  Values.text(arguments.get(0, "old", "")),
                  Values.text(arguments.get(1, "new", "")),
                  arguments.get(2, "count", null) instanceof Long count ? count : -1);
      case "find" -> arguments -> place(text, text.indexOf(piece(arguments)));
      case "rfind" -> arguments -> place(text, text.lastIndexOf(piece(arguments)));
      case "index" ->
          arguments -> {
            int at = text.indexOf(piece(arguments));
            if (at < 0) {
              throw new TemplateException("absent", line);
            }
            return place(text, at);
          };
      case "count" -> arguments -> count(text, piece(arguments));
      case "join" ->
          arguments -> {
            List<String> parts = new ArrayList<>();
            for (Object one : Values.items(arguments.get(0, "iterable", null), line)) {
              parts.add(Values.text(one));
            }
            return String.join(text, parts);
          };
      case "removeprefix" ->
          arguments -> {
            String piece = piece(arguments);
            return text.startsWith(piece) ? text.substring(piece.length()) : text;
          };
      case "removesuffix" ->
          arguments -> {
            String piece = piece(arguments);
            return text.endsWith(piece) && !piece.isEmpty()
                ? text.substring(0, text.length() - piece.length())
                : text;
          };
      case "isdigit", "isnumeric", "isdecimal" ->
          arguments -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit);
      case "isalpha" ->
          arguments -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetter);
      case "isalnum" ->
          arguments -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetterOrDigit);
      case "isspace" -> arguments -> !text.isEmpty() && Text.strip(text).isEmpty();
      case "isupper" ->
          arguments ->
              !text.equals(text.toLowerCase(Locale.ROOT))
                  && text.equals(text.toUpperCase(Locale.ROOT));
      case "islower" ->
          arguments ->
              !text.equals(text.toUpperCase(Locale.ROOT))
                  && text.equals(text.toLowerCase(Locale.ROOT));
      case "format", "format_map" ->
          arguments -> {
            throw new TemplateException("unsafe", name, line);
          };
      default -> null;
    };
  }

  private static String piece(Values.Arguments arguments) {
    return Values.text(arguments.get(0, "sub", ""));
  }

  private static Object place(String text, int at) {
    return at < 0 ? -1L : (long) text.codePointCount(0, at);
  }

  private static Object count(String text, String piece) {
    long count = 0;
    if (piece.isEmpty()) {
      return (long) text.codePointCount(0, text.length()) + 1;
    }
    for (int at = text.indexOf(piece); at >= 0; at = text.indexOf(piece, at + piece.length())) {
      count++;
    }
    return count;
  }

  private static String strip(String text, Values.Arguments arguments, boolean start, boolean end) {
    Object set = arguments.get(0, "chars", null);
    if (set != null) {
      return Text.strip(text, Values.text(set), start, end);
    }
    String stripped = start ? Text.stripStart(text) : text;
    return end ? Text.stripEnd(stripped) : stripped;
  }

  private static Object any(Values.Arguments arguments, java.util.function.Predicate<String> test) {
    Object given = arguments.get(0, "prefix", "");
    if (given instanceof List<?> several) {
      return several.stream().anyMatch(one -> test.test(Values.text(one)));
    }
    return test.test(Values.text(given));
  }

  private static Object split(String text, Values.Arguments arguments, boolean fromEnd) {
    Object separator = arguments.get(0, "sep", null);
    long most = arguments.get(1, "maxsplit", null) instanceof Long number ? number : Long.MAX_VALUE;
    most = most < 0 ? Long.MAX_VALUE : most;
    List<@Nullable Object> parts = new ArrayList<>();
    if (separator == null) {
      String rest = Text.strip(text);
      while (!rest.isEmpty()) {
        int end = 0;
        while (end < rest.length() && !Text.isBlank(rest.charAt(end))) {
          end++;
        }
        if (parts.size() == most) {
          parts.add(rest);
          break;
        }
        parts.add(rest.substring(0, end));
        rest = Text.stripStart(rest.substring(end));
      }
      return parts;
    }
    String by = Values.text(separator);
    if (by.isEmpty()) {
      throw new TemplateException("separator");
    }
    String rest = text;
    while (parts.size() < most) {
      int at = fromEnd ? rest.lastIndexOf(by) : rest.indexOf(by);
      if (at < 0) {
        break;
      }
      if (fromEnd) {
        parts.addFirst(rest.substring(at + by.length()));
        rest = rest.substring(0, at);
      } else {
        parts.add(rest.substring(0, at));
        rest = rest.substring(at + by.length());
      }
    }
    if (fromEnd) {
      parts.addFirst(rest);
    } else {
      parts.add(rest);
    }
    return parts;
  }
}

package io.millrace.data.template;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What stands behind {@code is}. */
final class Tests {
  private static final Set<String> NAMES =
      Set.of(
          ("defined undefined none string number integer float boolean true false mapping sequence"
                  + " iterable callable eq equalto sameas ne lt lessthan le gt greaterthan ge in"
                  + " odd even divisibleby lower upper filter test escaped")
              .split(" "));

  private Tests() {}

  static void check(String name, int line) {
    if (!NAMES.contains(name)) {
      throw new TemplateException("test", name, line);
    }
  }

  static boolean holds(String name, @Nullable Object value, Values.Arguments arguments, int line) {
    Object other = arguments.get(0, "other", null);
    return switch (name) {
      case "defined" -> !(value instanceof Values.Undefined);
      case "undefined" -> value instanceof Values.Undefined;
      case "none" -> value == null;
      case "string" -> value instanceof String;
      case "number" -> Values.isNumber(value);
      case "integer" -> value instanceof Long;
      case "float" -> value instanceof Double;
      case "boolean" -> value instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "mapping" -> value instanceof Map;
      case "sequence" -> value instanceof List || value instanceof String || value instanceof Map;
      case "iterable" ->
          value instanceof List
              || value instanceof String
              || value instanceof Map
              || value instanceof Values.Undefined;
      case "callable" -> value instanceof Values.Callable;
      case "eq", "equalto" -> Values.equal(value, other);
      case "sameas" -> value == other || Values.equal(value, other);
      case "ne" -> !Values.equal(value, other);
      case "lt", "lessthan" -> Values.compare(value, other, line) < 0;
      case "le" -> Values.compare(value, other, line) <= 0;
      case "gt", "greaterthan" -> Values.compare(value, other, line) > 0;
      case "ge" -> Values.compare(value, other, line) >= 0;
      case "in" -> Values.contains(other, value, line);
      case "odd" -> Math.floorMod(Values.whole(value, line), 2) == 1;
      case "even" -> Math.floorMod(Values.whole(value, line), 2) == 0;
      case "divisibleby" -> {
        long by = Values.whole(other, line);
        if (by == 0) {
          throw new TemplateException("zero", line);
        }
        yield Values.whole(value, line) % by == 0;
      }
      case "lower" ->
          Values.text(value).equals(Values.text(value).toLowerCase(java.util.Locale.ROOT));
      case "upper" ->
          Values.text(value).equals(Values.text(value).toUpperCase(java.util.Locale.ROOT));
      default -> false;
    };
  }
}

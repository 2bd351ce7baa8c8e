package io.millrace.data.template;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Python's meaning of values: {@code null} is None; texts, longs, doubles, booleans, lists and maps
 * are themselves.
 */
final class Values {
  /** A name that has no value. */
  record Undefined(String name) {}

  /** What can be called. */
  interface Callable {
    @Nullable Object call(Arguments arguments);
  }

  /**
   * What a call is given.
   *
   * @param named by name, for example {@code indent=2}
   */
  record Arguments(List<@Nullable Object> plain, Map<String, @Nullable Object> named) {
    @Nullable Object get(int place, String name, @Nullable Object otherwise) {
      if (place < plain.size()) {
        return plain.get(place);
      }
      return named.containsKey(name) ? named.get(name) : otherwise;
    }
  }

  private Values() {}

  static boolean isTrue(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Undefined _ -> false;
      case Boolean flag -> flag;
      case Long number -> number != 0;
      case Double number -> number != 0;
      case String text -> !text.isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> true;
    };
  }

  /** What {@code str} gives. */
  static String text(@Nullable Object value) {
    return switch (value) {
      case null -> "None";
      case Undefined _ -> "";
      case String text -> text;
      case Boolean flag -> flag ? "True" : "False";
      case Double number -> number(number);
      case List<?> _, Map<?, ?> _ -> {
        StringBuilder out = new StringBuilder();
        represent(value, out, 0);
        yield out.toString();
      }
      default -> value.toString();
    };
  }

  /** What {@code repr} gives. */
  private static void represent(@Nullable Object value, StringBuilder out, int depth) {
    if (depth > Run.DEEPEST) {
      throw new TemplateException("deep", Run.DEEPEST);
    }
    switch (value) {
      case String text -> quote(text, out);
      case List<?> list -> {
        boolean tuple = list instanceof Tuple;
        out.append(tuple ? '(' : '[');
        for (int i = 0; i < list.size(); i++) {
          out.append(i > 0 ? ", " : "");
          represent(list.get(i), out, depth + 1);
        }
        out.append(tuple && list.size() == 1 ? "," : "").append(tuple ? ')' : ']');
      }
      case Map<?, ?> map -> {
        out.append('{');
        String between = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(between);
          represent(entry.getKey(), out, depth + 1);
          out.append(": ");
          represent(entry.getValue(), out, depth + 1);
          between = ", ";
        }
        out.append('}');
      }
      case null, default -> out.append(text(value));
    }
  }

  private static void quote(String text, StringBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        case '\r' -> out.append("\\r");
        case '\\' -> out.append("\\\\");
        default -> {
          if (c == quote) {
            out.append('\\').append(c);
          } else if (c < ' ' || c == 0x7F) {
            out.append("\\x%02x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append(quote);
  }

  /** A double as Python prints it. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    String digits = exact.unscaledValue().abs().toString();
    int point = digits.length() - exact.scale();
    String sign = value < 0 ? "-" : "";
    if (point > -4 && point <= 16) {
      String plain = exact.abs().toPlainString();
      return sign + (plain.contains(".") ? plain : plain + ".0");
    }
    int exponent = point - 1;
    String rest = digits.length() > 1 ? "." + digits.substring(1) : "";
    return sign
        + digits.charAt(0)
        + rest
        + "e"
        + (exponent < 0 ? "-" : "+")
        + "%02d".formatted(Math.abs(exponent));
  }

  static boolean equal(@Nullable Object one, @Nullable Object other) {
    if (one instanceof Undefined && other instanceof Undefined) {
      return true;
    }
    Object a = one instanceof Boolean flag ? Long.valueOf(flag ? 1 : 0) : one;
    Object b = other instanceof Boolean flag ? Long.valueOf(flag ? 1 : 0) : other;
    if (a instanceof Number x && b instanceof Number y) {
      return x.doubleValue() == y.doubleValue();
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      if (x.size() != y.size()) {
        return false;
      }
      for (int i = 0; i < x.size(); i++) {
        if (!equal(x.get(i), y.get(i))) {
          return false;
        }
      }
      return true;
    }
    return Objects.equals(a, b);
  }

  static int compare(@Nullable Object one, @Nullable Object other, int line) {
    if (one instanceof String a && other instanceof String b) {
      return compare(a, b);
    }
    if (isNumber(one) && isNumber(other)) {
      return Double.compare(number(one, line), number(other, line));
    }
    if (one instanceof List<?> a && other instanceof List<?> b) {
      for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
        if (!equal(a.get(i), b.get(i))) {
          return compare(a.get(i), b.get(i), line);
        }
      }
      return Integer.compare(a.size(), b.size());
    }
    throw new TemplateException("compare", kind(one), kind(other), line);
  }

  /** By code points, as Python does. */
  private static int compare(String a, String b) {
    int[] x = a.codePoints().toArray();
    int[] y = b.codePoints().toArray();
    return java.util.Arrays.compare(x, y);
  }

  static boolean isNumber(@Nullable Object value) {
    return value instanceof Long || value instanceof Double || value instanceof Boolean;
  }

  static double number(@Nullable Object value, int line) {
    return switch (value) {
      case Long number -> number;
      case Double number -> number;
      case Boolean flag -> flag ? 1 : 0;
      case null, default -> throw new TemplateException("number", kind(value), line);
    };
  }

  static long whole(@Nullable Object value, int line) {
    return switch (value) {
      case Long number -> number;
      case Boolean flag -> flag ? 1 : 0;
      case null, default -> throw new TemplateException("number", kind(value), line);
    };
  }

  /** The items of what can be gone through: a list, a map's keys, a text's characters. */
  static List<@Nullable Object> items(@Nullable Object value, int line) {
    return switch (value) {
      case List<?> list -> new ArrayList<>(list);
      case Map<?, ?> map -> new ArrayList<>(map.keySet());
      case String text -> {
        List<@Nullable Object> letters = new ArrayList<>();
        text.codePoints().forEach(c -> letters.add(Character.toString(c)));
        yield letters;
      }
      case Undefined _ -> new ArrayList<>();
      case null, default -> throw new TemplateException("items", kind(value), line);
    };
  }

  static boolean contains(@Nullable Object whole, @Nullable Object part, int line) {
    return switch (whole) {
      case String text -> {
        if (!(part instanceof String piece)) {
          throw new TemplateException("in", kind(part), line);
        }
        yield text.contains(piece);
      }
      case List<?> list -> list.stream().anyMatch(one -> equal(one, part));
      case Map<?, ?> map -> part instanceof String key && map.containsKey(key);
      case Undefined _ -> false;
      case null, default -> throw new TemplateException("items", kind(whole), line);
    };
  }

  /** What a value is called in messages. */
  static String kind(@Nullable Object value) {
    return switch (value) {
      case null -> "none";
      case Undefined undefined -> "'" + undefined.name + "' (undefined)";
      case String _ -> "a text";
      case Boolean _ -> "a truth value";
      case Long _, Double _ -> "a number";
      case List<?> _ -> "a list";
      case Map<?, ?> _ -> "a mapping";
      default -> "a function";
    };
  }
}

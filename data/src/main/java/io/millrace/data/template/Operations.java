package io.millrace.data.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What operators, subscripts and attributes do. */
final class Operations {
  private Operations() {}

  static boolean holds(String sign, @Nullable Object left, @Nullable Object right, int line) {
    return switch (sign) {
      case "==" -> Values.equal(left, right);
      case "!=" -> !Values.equal(left, right);
      case "in" -> Values.contains(right, left, line);
      case "not in" -> !Values.contains(right, left, line);
      case "<" -> Values.compare(left, right, line) < 0;
      case "<=" -> Values.compare(left, right, line) <= 0;
      case ">" -> Values.compare(left, right, line) > 0;
      default -> Values.compare(left, right, line) >= 0;
    };
  }

  static Object of(String sign, @Nullable Object left, @Nullable Object right, int line) {
    if (sign.equals("~")) {
      return bounded(Values.text(left), Values.text(right));
    }
    if (sign.equals("+") && left instanceof String a && right instanceof String b) {
      return bounded(a, b);
    }
    if (sign.equals("+") && left instanceof List<?> a && right instanceof List<?> b) {
      List<@Nullable Object> both = new ArrayList<>(a);
      both.addAll(b);
      return both;
    }
    if (sign.equals("*") && (left instanceof String || right instanceof String)) {
      String text = left instanceof String a ? a : Values.text(right);
      long times = Values.whole(left instanceof String ? right : left, line);
      if (times > 0 && text.length() * times > Run.LONGEST) {
        throw new TemplateException("long", Run.LONGEST >> 20);
      }
      return text.repeat((int) Math.max(0, times));
    }
    if (!Values.isNumber(left) || !Values.isNumber(right)) {
      throw new TemplateException("operator", sign, Values.kind(left), Values.kind(right), line);
    }
    boolean divides = sign.equals("/") || sign.equals("//") || sign.equals("%");
    if (divides && Values.number(right, line) == 0) {
      throw new TemplateException("zero", line);
    }
    boolean fraction = left instanceof Double || right instanceof Double || sign.equals("/");
    if (fraction || (sign.equals("**") && Values.number(right, line) < 0)) {
      return fraction(sign, Values.number(left, line), Values.number(right, line));
    }
    try {
      return whole(sign, Values.whole(left, line), Values.whole(right, line));
    } catch (ArithmeticException e) {
      throw new TemplateException("overflow", line);
    }
  }

  private static double fraction(String sign, double x, double y) {
    return switch (sign) {
      case "+" -> x + y;
      case "-" -> x - y;
      case "*" -> x * y;
      case "/" -> x / y;
      case "//" -> Math.floor(x / y);
      case "%" -> x - y * Math.floor(x / y);
      default -> Math.pow(x, y);
    };
  }

  private static long whole(String sign, long x, long y) {
    return switch (sign) {
      case "+" -> Math.addExact(x, y);
      case "-" -> Math.subtractExact(x, y);
      case "*" -> Math.multiplyExact(x, y);
      case "//" -> Math.floorDiv(x, y);
      case "%" -> Math.floorMod(x, y);
      default -> java.math.BigInteger.valueOf(x).pow((int) Math.min(y, 64)).longValueExact();
    };
  }

  private static String bounded(String a, String b) {
    if (a.length() + b.length() > Run.LONGEST) {
      throw new TemplateException("long", Run.LONGEST >> 20);
    }
    return a + b;
  }

  static Object negative(@Nullable Object value, int line) {
    return value instanceof Double number ? (Object) (-number) : -Values.whole(value, line);
  }

  /** {@code value[key]}; what is not there is undefined. */
  static @Nullable Object item(@Nullable Object value, @Nullable Object key, int line) {
    switch (value) {
      case Map<?, ?> map -> {
        return map.containsKey(Values.text(key)) ? map.get(Values.text(key)) : missing(key);
      }
      case List<?> list when key instanceof Long index -> {
        long place = index < 0 ? index + list.size() : index;
        return place >= 0 && place < list.size() ? list.get((int) place) : missing(key);
      }
      case String text when key instanceof Long index -> {
        int[] letters = text.codePoints().toArray();
        long place = index < 0 ? index + letters.length : index;
        return place >= 0 && place < letters.length
            ? Character.toString(letters[(int) place])
            : missing(key);
      }
      case Namespace space -> {
        return space.get(Values.text(key));
      }
      case Values.Undefined undefined ->
          throw new TemplateException("undefined", undefined.name(), line);
      case null, default -> {
        return missing(key);
      }
    }
  }

  private static Values.Undefined missing(@Nullable Object key) {
    return new Values.Undefined(Values.text(key));
  }

  /** {@code value.name}: a method, or else the item of that name. */
  static @Nullable Object attribute(Run run, @Nullable Object value, String name, int line) {
    if (value instanceof Values.Undefined undefined) {
      throw new TemplateException("undefined", undefined.name(), line);
    }
    if (name.startsWith("_")) {
      return missing(name);
    }
    Values.Callable method = Methods.of(value, name, line);
    return method != null ? method : item(value, name, line);
  }

  static @Nullable Object call(
      Run run, @Nullable Object value, Values.Arguments arguments, int line) {
    run.step();
    if (!(value instanceof Values.Callable function)) {
      throw new TemplateException("call", Values.kind(value), line);
    }
    return function.call(arguments);
  }

  /** {@code value[start:end:step]} as Python cuts. */
  static Object slice(
      @Nullable Object value,
      @Nullable Object start,
      @Nullable Object end,
      @Nullable Object step,
      int line) {
    if (value instanceof Values.Undefined undefined) {
      throw new TemplateException("undefined", undefined.name(), line);
    }
    boolean text = value instanceof String;
    if (!text && !(value instanceof List)) {
      throw new TemplateException("slice", Values.kind(value), line);
    }
    List<@Nullable Object> items = Values.items(value, line);
    long by = step == null ? 1 : Values.whole(step, line);
    if (by == 0) {
      throw new TemplateException("zero", line);
    }
    int size = items.size();
    long from = bound(start, by > 0 ? 0 : size - 1, size, by, line);
    long to = bound(end, by > 0 ? size : -1, size, by, line);
    List<@Nullable Object> cut = new ArrayList<>();
    for (long i = from; by > 0 ? i < to : i > to; i += by) {
      cut.add(items.get((int) i));
    }
    if (!text) {
      return cut;
    }
    StringBuilder letters = new StringBuilder();
    cut.forEach(letters::append);
    return letters.toString();
  }

  private static long bound(@Nullable Object place, long otherwise, int size, long by, int line) {
    if (place == null) {
      return otherwise;
    }
    long at = Values.whole(place, line);
    at = at < 0 ? at + size : at;
    return by > 0 ? Math.clamp(at, 0, size) : Math.clamp(at, -1, size - 1L);
  }
}

package io.millrace.ground.spec;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads single values strictly: a number is a number, not nearly one. */
final class Scalars {
  private Scalars() {}

  static @Nullable Object read(ScalarNode node, Class<?> type) {
    String text = node.getValue();
    try {
      if (type == String.class) {
        return text;
      }
      if (type == int.class || type == Integer.class) {
        return Integer.valueOf(text.replace("_", ""));
      }
      if (type == long.class || type == Long.class) {
        return Long.valueOf(text.replace("_", ""));
      }
      if (type == double.class || type == Double.class) {
        double value = Double.parseDouble(text);
        return Double.isFinite(value) && !text.matches(".*[dDfF]") ? value : null;
      }
      if (type == boolean.class || type == Boolean.class) {
        return text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
      }
      if (type.isEnum()) {
        for (Object constant : type.getEnumConstants()) {
          if (Keys.of((Enum<?>) constant).equals(text)) {
            return constant;
          }
        }
      }
      return null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** What belongs there, for messages. */
  static String expected(Class<?> type) {
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(constant -> Keys.of((Enum<?>) constant))
          .collect(Collectors.joining(" | "));
    }
    return type == int.class || type == long.class || type == Long.class || type == Integer.class
        ? "1, 2, 3 …"
        : type == double.class || type == Double.class
            ? "0.5, 1e-3 …"
            : type == boolean.class || type == Boolean.class ? "true | false" : "text";
  }
}

package io.millrace.ground.spec;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * How Java names become spec keys: {@code earlyStop} and {@code EARLY_STOP} are {@code early-stop}.
 */
final class Keys {
  private Keys() {}

  static String of(Class<?> record) {
    Key key = record.getAnnotation(Key.class);
    return key != null ? key.value() : kebab(record.getSimpleName());
  }

  static String of(RecordComponent component) {
    Key key = component.getAnnotation(Key.class);
    return key != null ? key.value() : kebab(component.getName());
  }

  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static List<String> of(RecordComponent[] components) {
    return Arrays.stream(components).map(Keys::of).toList();
  }

  static Class<?>[] choices(Class<?> union) {
    return Objects.requireNonNull(union.getAnnotation(OneOf.class)).value();
  }

  private static String kebab(String name) {
    return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }
}

package io.millrace.ground.spec;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

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

  /** The key of a record in a union. */
  static String of(Record record) {
    Numbered numbered = record.getClass().getAnnotation(Numbered.class);
    if (numbered == null) {
      return of(record.getClass());
    }
    try {
      RecordComponent first = record.getClass().getRecordComponents()[0];
      first.getAccessor().setAccessible(true);
      return numbered.value().replace("#", String.valueOf(first.getAccessor().invoke(record)));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(record.getClass().getName(), e);
    }
  }

  private static String kebab(String name) {
    return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }
}

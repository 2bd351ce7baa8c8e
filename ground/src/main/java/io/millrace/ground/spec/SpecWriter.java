package io.millrace.ground.spec;

import io.millrace.ground.json.Json;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Writes a record as YAML that {@link SpecReader} reads back as an equal record. */
public final class SpecWriter {
  private SpecWriter() {}

  /** The YAML text of a record. */
  public static String yaml(Record record) {
    StringBuilder out = new StringBuilder();
    block(out, tree(record, record.getClass()), 0);
    return out.toString();
  }

  /** The record as maps, lists and values, with spec keys: its JSON form, also for hashing. */
  public static Map<String, Object> tree(Record record) {
    return map(record);
  }

  private static @Nullable Object tree(@Nullable Object value, Class<?> declared) {
    if (value instanceof Record record) {
      return declared.isAnnotationPresent(OneOf.class)
          ? Map.of(Keys.of(record), map(record))
          : map(record);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(item -> tree(item, unionOf(item))).toList();
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> converted = new LinkedHashMap<>();
      map.forEach((key, item) -> converted.put(String.valueOf(key), tree(item, unionOf(item))));
      return converted;
    }
    if (value instanceof long[] longs) {
      return LongStream.of(longs).boxed().toList();
    }
    return value instanceof Enum<?> constant ? Keys.of(constant) : value;
  }

  /** The union that a list's element belongs to, or its own class. */
  private static Class<?> unionOf(@Nullable Object item) {
    if (item == null) {
      return Object.class;
    }
    Class<?> union = union(item.getClass());
    return union == null ? item.getClass() : union;
  }

  /** The union among all that a type implements, also by way of other interfaces. */
  private static @Nullable Class<?> union(Class<?> type) {
    for (Class<?> parent : type.getInterfaces()) {
      Class<?> found = parent.isAnnotationPresent(OneOf.class) ? parent : union(parent);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static Map<String, Object> map(Record record) {
    Map<String, Object> map = new LinkedHashMap<>();
    boolean numbered = record.getClass().isAnnotationPresent(Numbered.class);
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      if (numbered) {
        numbered = false; // the first component stands in the key
        continue;
      }
      try {
        component.getAccessor().setAccessible(true);
        Object value = tree(component.getAccessor().invoke(record), component.getType());
        if (value != null) {
          map.put(Keys.of(component), value);
        }
      } catch (InvocationTargetException | IllegalAccessException e) {
        throw new IllegalStateException(component.toString(), e);
      }
    }
    return map;
  }

  private static void block(StringBuilder out, @Nullable Object value, int indent) {
    if (value instanceof Map<?, ?> map && !map.isEmpty() && !isFlat(map)) {
      map.forEach(
          (key, item) -> {
            out.append(" ".repeat(indent)).append(key).append(':');
            child(out, item, indent);
          });
    } else {
      out.append(" ".repeat(indent)).append(Json.text(value)).append('\n');
    }
  }

  private static void child(StringBuilder out, @Nullable Object item, int indent) {
    if (item instanceof Map<?, ?> map && !map.isEmpty() && !isFlat(map)) {
      out.append('\n');
      block(out, item, indent + 2);
    } else if (item instanceof List<?> list && list.stream().anyMatch(e -> e instanceof Map)) {
      out.append('\n');
      list.forEach(
          e -> out.append(" ".repeat(indent)).append("  - ").append(Json.text(e)).append('\n'));
    } else {
      out.append(' ').append(Json.text(item)).append('\n');
    }
  }

  private static boolean isFlat(Map<?, ?> map) {
    return map.values().stream().noneMatch(v -> v instanceof Map || v instanceof List)
        && map.size() <= 4;
  }
}

package io.millrace.data.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values that a template may change from inside loops: {@code namespace(found=false)}. */
final class Namespace {
  private final Map<String, @Nullable Object> values = new HashMap<>();

  Namespace(Map<String, @Nullable Object> first) {
    values.putAll(first);
  }

  @Nullable Object get(String name) {
    return values.containsKey(name) ? values.get(name) : new Values.Undefined(name);
  }

  void set(String name, @Nullable Object value) {
    values.put(name, value);
  }
}

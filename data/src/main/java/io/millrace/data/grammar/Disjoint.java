package io.millrace.data.grammar;

import io.millrace.data.DataException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/**
 * Whether a value can fit only one of several schemas, as {@code oneOf} demands: they are of other
 * types, or list other values, or are objects that differ in a required property's only value.
 */
final class Disjoint {
  private Disjoint() {}

  static void check(List<JsonNode> options, UnaryOperator<JsonNode> resolve, String place) {
    for (int i = 0; i < options.size(); i++) {
      for (int j = 0; j < i; j++) {
        JsonNode one = resolve.apply(options.get(i));
        JsonNode other = resolve.apply(options.get(j));
        if (!apart(one, other, resolve, place)) {
          throw new DataException("grammar.overlap", place, j, i);
        }
      }
    }
  }

  private static boolean apart(
      JsonNode one, JsonNode other, UnaryOperator<JsonNode> resolve, String place) {
    Set<JsonNode> values = values(one);
    Set<JsonNode> others = values(other);
    if (!values.isEmpty() && !others.isEmpty()) {
      return java.util.Collections.disjoint(values, others);
    }
    List<String> types = SchemaGrammar.types(one, place);
    List<String> otherTypes = SchemaGrammar.types(other, place);
    if (types.isEmpty() || otherTypes.isEmpty()) {
      return false;
    }
    if (!overlap(types, otherTypes)) {
      return true;
    }
    boolean objects = types.equals(List.of("object")) && otherTypes.equals(types);
    return objects && differ(one, other, resolve);
  }

  private static boolean overlap(List<String> types, List<String> others) {
    Set<String> all = new HashSet<>(types);
    if (all.contains("number")) {
      all.add("integer");
    }
    Set<String> more = new HashSet<>(others);
    if (more.contains("number")) {
      more.add("integer");
    }
    all.retainAll(more);
    return !all.isEmpty();
  }

  private static boolean differ(JsonNode one, JsonNode other, UnaryOperator<JsonNode> resolve) {
    for (Map.Entry<String, JsonNode> entry : one.path("properties").properties()) {
      String name = entry.getKey();
      Set<JsonNode> values = values(resolve.apply(entry.getValue()));
      Set<JsonNode> others = values(resolve.apply(other.path("properties").path(name)));
      if (isRequired(one, name)
          && isRequired(other, name)
          && !values.isEmpty()
          && !others.isEmpty()
          && java.util.Collections.disjoint(values, others)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isRequired(JsonNode schema, String name) {
    for (JsonNode one : schema.path("required")) {
      if (one.asString("").equals(name)) {
        return true;
      }
    }
    return false;
  }

  private static Set<JsonNode> values(JsonNode schema) {
    Set<JsonNode> values = new HashSet<>();
    if (schema.has("const")) {
      values.add(schema.path("const"));
    } else {
      schema.path("enum").forEach(values::add);
    }
    return values;
  }
}

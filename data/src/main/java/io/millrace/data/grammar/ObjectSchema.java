package io.millrace.data.grammar;

import io.millrace.data.DataException;
import io.millrace.ground.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Schemas of objects. */
final class ObjectSchema {
  static final Set<String> KEYS = Set.of("properties", "required", "additionalProperties");

  private final List<String> names = new ArrayList<>();
  private final List<Grammar> pairs = new ArrayList<>();
  private final Set<String> required = new LinkedHashSet<>();
  private final @Nullable Grammar more;

  /** The properties from one on, where some stand before and where none does. */
  private final Map<Integer, Grammar> inside = new LinkedHashMap<>();

  ObjectSchema(SchemaGrammar schemas, JsonNode schema, String place) {
    JsonNode properties = schema.path("properties");
    if (!properties.isMissingNode() && !properties.isObject()) {
      throw new DataException(
          "grammar.schema", place + "/properties", SchemaGrammar.shown(properties));
    }
    for (JsonNode name : schema.path("required")) {
      required.add(name.asString(""));
    }
    JsonNode others = schema.path("additionalProperties");
    boolean open =
        others.isMissingNode() ? properties.isEmpty() : !others.isBoolean() || others.asBoolean();
    Grammar other = null;
    if (open) {
      other =
          others.isObject()
              ? schemas.value(others, place + "/additionalProperties")
              : JsonText.value();
    }
    for (Map.Entry<String, JsonNode> entry : properties.properties()) {
      JsonNode value = entry.getValue();
      boolean never = value.isBoolean() && !value.asBoolean();
      if (never && required.contains(entry.getKey())) {
        throw new DataException("grammar.never", place + "/properties/" + entry.getKey());
      }
      if (!never) {
        String at = place + "/properties/" + entry.getKey();
        add(entry.getKey(), schemas.value(value, at));
      }
    }
    for (String name : required) {
      if (!names.contains(name)) {
        if (!others.isMissingNode() && !open) {
          throw new DataException("grammar.never", place + "/required/" + name);
        }
        add(name, other == null ? JsonText.value() : other);
      }
    }
    Set<String> known = new LinkedHashSet<>(names);
    properties.properties().forEach(entry -> known.add(entry.getKey()));
    more = other == null ? null : JsonText.pair(KeyGrammar.other(known), other);
  }

  private void add(String name, Grammar value) {
    names.add(name);
    pairs.add(JsonText.pair(Grammar.text(Json.text(name)), value));
  }

  Grammar grammar() {
    for (int i = names.size(); i >= 0; i--) {
      inside.put(2 * i, from(i, true));
      inside.put(2 * i + 1, from(i, false));
    }
    return JsonText.braces(made(0, true));
  }

  private Grammar made(int at, boolean first) {
    return java.util.Objects.requireNonNull(inside.get(2 * at + (first ? 0 : 1)));
  }

  private Grammar from(int at, boolean first) {
    if (at == names.size()) {
      if (more == null) {
        return Grammar.EMPTY;
      }
      Grammar all = JsonText.more(more);
      return first ? Grammar.maybe(Grammar.row(more, all)) : all;
    }
    Grammar rest = made(at + 1, false);
    Grammar with =
        first
            ? Grammar.row(pairs.get(at), rest)
            : Grammar.row(JsonText.comma(), pairs.get(at), rest);
    return required.contains(names.get(at)) ? with : Grammar.either(with, made(at + 1, first));
  }
}

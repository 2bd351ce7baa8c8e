package io.millrace.data.grammar;

import io.millrace.data.DataException;
import io.millrace.ground.json.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON schemas (draft 2020-12) as grammars. What cannot be kept to is refused by name, so that an
 * answer always fits its schema. Objects have the properties that the schema names, in its order;
 * others only where {@code additionalProperties} says so, or no property is named.
 */
final class SchemaGrammar {
  private static final int DEEPEST = 64;
  private static final int MOST_NODES = 20_000;

  private static final Set<String> NOTES =
      Set.of(
          "title",
          "description",
          "default",
          "examples",
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "definitions",
          "deprecated",
          "readOnly",
          "writeOnly",
          "strict",
          "$anchor");
  private static final Set<String> GENERAL =
      Set.of("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "nullable");
  private static final Map<String, Set<String>> OF_TYPE =
      Map.of(
          "string", Set.of("minLength", "maxLength", "pattern", "format"),
          "number", NumberSchema.KEYS,
          "integer", NumberSchema.KEYS,
          "object", ObjectSchema.KEYS,
          "array", Set.of("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
          "boolean", Set.of(),
          "null", Set.of());

  private final JsonNode root;
  private final Map<String, Grammar.Rule> rules = new HashMap<>();
  private int nodes;
  private int depth;

  SchemaGrammar(JsonNode root) {
    this.root = root;
  }

  /** The schema's texts. */
  Grammar whole() {
    Grammar grammar = value(root, "#");
    if (new Lengths().of(grammar) == Lengths.NEVER) {
      throw new DataException("grammar.never", "#");
    }
    return grammar;
  }

  /** The values that a schema at this place accepts. */
  Grammar value(JsonNode schema, String place) {
    if (++nodes > MOST_NODES || ++depth > DEEPEST) {
      throw new DataException("grammar.large", place);
    }
    try {
      return made(schema, place);
    } finally {
      depth--;
    }
  }

  private Grammar made(JsonNode schema, String place) {
    if (schema.isBoolean() && schema.asBoolean()) {
      return JsonText.value();
    }
    if (!schema.isObject()) {
      throw new DataException("grammar.schema", place, shown(schema));
    }
    check(schema, place);
    if (schema.has("allOf")) {
      return value(merged((ObjectNode) schema, place), place);
    }
    Set<String> told = told(schema);
    if (schema.has("$ref")) {
      only(schema, told, Set.of("$ref"), place);
      return reference(schema.path("$ref"), place);
    }
    for (String key : List.of("anyOf", "oneOf")) {
      if (schema.has(key)) {
        return options(schema, key, place);
      }
    }
    if (schema.has("enum") || schema.has("const")) {
      return values(schema, told, place);
    }
    return ofTypes(schema, told, place);
  }

  private static void check(JsonNode schema, String place) {
    for (Map.Entry<String, JsonNode> entry : schema.properties()) {
      String key = entry.getKey();
      boolean known =
          NOTES.contains(key)
              || GENERAL.contains(key)
              || OF_TYPE.values().stream().anyMatch(keys -> keys.contains(key));
      boolean harmless = key.equals("uniqueItems") && !entry.getValue().asBoolean(false);
      if (!known || (key.equals("uniqueItems") && !harmless)) {
        throw new DataException("grammar.keyword", place, key);
      }
    }
  }

  /** The keys that say what is accepted. */
  private static Set<String> told(JsonNode schema) {
    Set<String> told = new TreeSet<>();
    schema.properties().forEach(entry -> told.add(entry.getKey()));
    told.removeAll(NOTES);
    return told;
  }

  private static void only(JsonNode schema, Set<String> told, Set<String> keys, String place) {
    for (String key : told) {
      if (!keys.contains(key)) {
        throw new DataException("grammar.beside", place, key, keys.iterator().next());
      }
    }
  }

  private Grammar reference(JsonNode reference, String place) {
    String path = reference.asString("");
    Grammar.Rule known = rules.get(path);
    if (known != null) {
      return known;
    }
    Grammar.Rule rule = new Grammar.Rule();
    rules.put(path, rule);
    rule.is(value(target(path, place), path));
    return rule;
  }

  private JsonNode target(String path, String place) {
    JsonNode found = root;
    if (!path.equals("#")) {
      if (!path.startsWith("#/")) {
        throw new DataException("grammar.reference", place, path);
      }
      for (String step : path.substring(2).split("/")) {
        String key =
            java.net.URLDecoder.decode(
                    step.replace("+", "%2B"), java.nio.charset.StandardCharsets.UTF_8)
                .replace("~1", "/")
                .replace("~0", "~");
        found = found.isArray() ? found.path(index(key)) : found.path(key);
      }
    }
    if (found.isMissingNode()) {
      throw new DataException("grammar.reference", place, path);
    }
    return found;
  }

  private static int index(String key) {
    return key.matches("\\d{1,6}") ? Integer.parseInt(key) : -1;
  }

  private Grammar options(JsonNode schema, String key, String place) {
    JsonNode all = schema.path(key);
    if (!all.isArray() || all.isEmpty()) {
      throw new DataException("grammar.schema", place + "/" + key, shown(all));
    }
    List<JsonNode> options = new ArrayList<>();
    ObjectNode common = ((ObjectNode) schema).deepCopy();
    common.remove(List.of(key, "$defs", "definitions"));
    boolean plain = told(common).isEmpty();
    for (int i = 0; i < all.size(); i++) {
      if (plain) {
        options.add(all.get(i));
      } else {
        ObjectNode one = common.deepCopy();
        one.putArray("allOf").add(all.get(i));
        options.add(one);
      }
    }
    if (key.equals("oneOf")) {
      Disjoint.check(options, this::resolved, place);
    }
    List<Grammar> grammars = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      grammars.add(value(options.get(i), place + "/" + key + "/" + i));
    }
    return new Grammar.Choice(grammars);
  }

  private JsonNode resolved(JsonNode schema) {
    JsonNode found = schema;
    for (int i = 0; i < DEEPEST && found.has("$ref"); i++) {
      found = target(found.path("$ref").asString(""), "#");
    }
    return found;
  }

  /** A schema and all of its {@code allOf} in one, where no keyword stands twice. */
  private ObjectNode merged(ObjectNode schema, String place) {
    ObjectNode all = schema.deepCopy();
    JsonNode parts = all.remove("allOf");
    for (JsonNode part : parts) {
      JsonNode found = resolved(part);
      if (!found.isObject()) {
        throw new DataException("grammar.schema", place + "/allOf", shown(found));
      }
      for (Map.Entry<String, JsonNode> entry : found.properties()) {
        merge(all, entry.getKey(), entry.getValue(), place);
      }
    }
    return all;
  }

  private static void merge(ObjectNode all, String key, JsonNode value, String place) {
    JsonNode old = all.path(key);
    if (NOTES.contains(key) || old.equals(value)) {
      return;
    }
    if (old.isMissingNode()) {
      all.set(key, value.deepCopy());
    } else if (key.equals("required") && old.isArray() && value.isArray()) {
      Set<JsonNode> names = new java.util.LinkedHashSet<>();
      old.forEach(names::add);
      value.forEach(names::add);
      all.putArray(key).addAll(names);
    } else if (key.equals("properties") && old.isObject() && value.isObject()) {
      for (Map.Entry<String, JsonNode> entry : value.properties()) {
        merge((ObjectNode) old, entry.getKey(), entry.getValue(), place + "/properties");
      }
    } else if (key.equals("type") && old.isString() && old.asString().equals("number")) {
      all.set(key, value);
    } else {
      throw new DataException("grammar.twice", place, key);
    }
  }

  private static Grammar values(JsonNode schema, Set<String> told, String place) {
    only(schema, told, Set.of("enum", "const", "type", "nullable"), place);
    List<String> texts = new ArrayList<>();
    JsonNode all = schema.path("enum");
    if (schema.has("const")) {
      JsonNode only = schema.path("const");
      boolean listed = !schema.has("enum") || contains(all, only);
      all = listed ? Json.mapper().createArrayNode().add(only) : Json.mapper().createArrayNode();
    }
    for (JsonNode one : all) {
      if (!schema.has("type") || types(schema, place).stream().anyMatch(type -> is(one, type))) {
        texts.add(Json.text(one));
      }
    }
    if (texts.isEmpty()) {
      throw new DataException("grammar.never", place);
    }
    return Grammar.anyOf(texts);
  }

  private static boolean contains(JsonNode all, JsonNode one) {
    for (JsonNode other : all) {
      if (other.equals(one)) {
        return true;
      }
    }
    return false;
  }

  static boolean is(JsonNode value, String type) {
    return switch (type) {
      case "string" -> value.isString();
      case "number" -> value.isNumber();
      case "integer" ->
          value.isIntegralNumber()
              || (value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0);
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "boolean" -> value.isBoolean();
      default -> value.isNull();
    };
  }

  /** The types that a schema names, or those whose keywords it has, or all. */
  static List<String> types(JsonNode schema, String place) {
    List<String> types = new ArrayList<>();
    JsonNode named = schema.path("type");
    if (named.isString()) {
      types.add(named.asString());
    }
    named.forEach(one -> types.add(one.asString("")));
    if (schema.path("nullable").asBoolean(false) && !types.contains("null")) {
      types.add("null");
    }
    for (String type : types) {
      if (!OF_TYPE.containsKey(type)) {
        throw new DataException("grammar.type", place, type, new TreeSet<>(OF_TYPE.keySet()));
      }
    }
    return types;
  }

  private Grammar ofTypes(JsonNode schema, Set<String> told, String place) {
    List<String> types = types(schema, place);
    if (types.isEmpty()) {
      if (schema.has("type")) {
        throw new DataException("grammar.schema", place + "/type", shown(schema.path("type")));
      }
      if (told.isEmpty()) {
        return JsonText.value();
      }
      // Keywords bind only values of their type; who writes "properties" means an object.
      for (String type : List.of("object", "array", "string", "number")) {
        if (told.stream().anyMatch(java.util.Objects.requireNonNull(OF_TYPE.get(type))::contains)) {
          types.add(type);
        }
      }
    }
    Map<String, Grammar> options = new LinkedHashMap<>();
    for (String type : types) {
      options.put(type, ofType(schema, type, place));
    }
    return options.size() == 1
        ? options.values().iterator().next()
        : new Grammar.Choice(List.copyOf(options.values()));
  }

  private Grammar ofType(JsonNode schema, String type, String place) {
    return switch (type) {
      case "string" -> string(schema, place);
      case "number", "integer" -> NumberSchema.grammar(schema, type.equals("integer"), place);
      case "object" -> new ObjectSchema(this, schema, place).grammar();
      case "array" -> array(schema, place);
      case "boolean" -> Grammar.anyOf(List.of("true", "false"));
      default -> Grammar.text("null");
    };
  }

  private static Grammar string(JsonNode schema, String place) {
    boolean lengths = schema.has("minLength") || schema.has("maxLength");
    if (schema.has("pattern")) {
      if (lengths || schema.has("format")) {
        throw new DataException("grammar.beside", place, "minLength/maxLength/format", "pattern");
      }
      return StringGrammar.pattern(schema.path("pattern").asString(""));
    }
    if (schema.has("format")) {
      Grammar format = StringGrammar.format(schema.path("format").asString(""));
      if (format != null && lengths) {
        throw new DataException("grammar.beside", place, "minLength/maxLength", "format");
      }
      if (format != null) {
        return format;
      }
    }
    int least = count(schema, "minLength", 0, place);
    int most = count(schema, "maxLength", Grammar.Repeat.UNBOUNDED, place);
    if (most >= 0 && most < least) {
      throw new DataException("grammar.never", place);
    }
    return JsonText.string(least, most);
  }

  private Grammar array(JsonNode schema, String place) {
    int least = count(schema, "minItems", 0, place);
    int most = count(schema, "maxItems", Grammar.Repeat.UNBOUNDED, place);
    JsonNode firsts = schema.path("prefixItems");
    JsonNode items = schema.path("items");
    boolean closed = items.isBoolean() && !items.asBoolean();
    if (most >= 0 && most < least) {
      throw new DataException("grammar.never", place);
    }
    Grammar item =
        closed || items.isMissingNode() ? JsonText.value() : value(items, place + "/items");
    if (firsts.isEmpty()) {
      int end = closed ? 0 : most;
      if (closed && least > 0) {
        throw new DataException("grammar.never", place);
      }
      return JsonText.list(Grammar.EMPTY, item, least, end);
    }
    // All of the first ones are written, so that what follows has its place.
    List<Grammar> parts = new ArrayList<>();
    int named = most >= 0 ? Math.min(firsts.size(), most) : firsts.size();
    for (int i = 0; i < named; i++) {
      if (i > 0) {
        parts.add(JsonText.comma());
      }
      parts.add(value(firsts.get(i), place + "/prefixItems/" + i));
    }
    int more = closed ? 0 : most < 0 ? Grammar.Repeat.UNBOUNDED : most - named;
    int missing = Math.max(0, least - named);
    if (more >= 0 && more < missing) {
      throw new DataException("grammar.never", place);
    }
    if (more != 0) {
      Grammar next = named == 0 ? item : Grammar.row(JsonText.comma(), item);
      parts.add(new Grammar.Repeat(next, missing, more));
    }
    return JsonText.list(new Grammar.Sequence(parts), Grammar.EMPTY, 0, 0);
  }

  static int count(JsonNode schema, String key, int otherwise, String place) {
    JsonNode value = schema.path(key);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isNumber()
        || value.asDouble() != Math.rint(value.asDouble())
        || value.asDouble() < 0
        || value.asDouble() > 1_000_000) {
      throw new DataException("grammar.schema", place + "/" + key, shown(value));
    }
    return (int) value.asDouble();
  }

  static String shown(@Nullable JsonNode node) {
    String text = node == null || node.isMissingNode() ? "" : Json.text(node);
    return text.length() > 60 ? text.substring(0, 60) + "…" : text;
  }
}

package io.millrace.serve.language;

import io.millrace.ground.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Schemas of all kinds, as a seed draws them. */
final class RandomSchema {
  private static final List<String> NAMES =
      List.of("name", "id", "城市", "a\"b", "na", "名", "value of", "x\\y", "é", "items");
  private static final List<String> PATTERNS =
      List.of(
          "^[A-Z]{2}-\\d{1,4}$", "\\w+@x", "^(a|bc)*d?$", "[\\u4e00-\\u9fa5]{2,3}", "\"", "^.$");
  private static final List<String> FORMATS =
      List.of(
          "date", "time", "date-time", "uuid", "ipv4", "ipv6", "email", "hostname", "uri", "else");

  private final Random random;
  private final ObjectNode definitions = Json.object();

  private RandomSchema(long seed) {
    this.random = new Random(seed);
  }

  /** The schema of a seed. */
  static ObjectNode of(long seed) {
    RandomSchema schemas = new RandomSchema(seed);
    if (schemas.random.nextInt(3) == 0) {
      schemas.definitions.set("tree", schemas.tree());
    }
    ObjectNode schema = schemas.any(3);
    if (!schemas.definitions.isEmpty()) {
      schema.set("$defs", schemas.definitions);
    }
    return schema;
  }

  private ObjectNode tree() {
    ObjectNode tree = Json.object().put("type", "object");
    ObjectNode properties = tree.putObject("properties");
    properties.set("value", any(0));
    ObjectNode children = properties.putObject("children").put("type", "array");
    children.putObject("items").put("$ref", "#/$defs/tree");
    children.put("maxItems", 3);
    tree.putArray("required").add("value").add("children");
    return tree;
  }

  private ObjectNode any(int depth) {
    int kinds = depth == 0 ? 6 : 12;
    return switch (random.nextInt(kinds)) {
      case 0, 1 -> string();
      case 2 -> number("integer");
      case 3 -> number("number");
      case 4 -> values();
      case 5 -> Json.object().put("type", random.nextBoolean() ? "boolean" : "null");
      case 6, 7, 8 -> object(depth - 1);
      case 9 -> array(depth - 1);
      case 10 -> options(depth - 1);
      default -> other(depth - 1);
    };
  }

  private ObjectNode string() {
    ObjectNode schema = Json.object().put("type", "string");
    switch (random.nextInt(4)) {
      case 0 -> schema.put("pattern", pick(PATTERNS));
      case 1 -> schema.put("format", pick(FORMATS));
      case 2 -> {
        int least = random.nextInt(5);
        schema.put("minLength", least);
        if (random.nextBoolean()) {
          schema.put("maxLength", least + random.nextInt(5));
        }
      }
      default -> schema.put("description", "anything");
    }
    return schema;
  }

  private ObjectNode number(String type) {
    ObjectNode schema = Json.object().put("type", type);
    double from = Math.rint((random.nextDouble() - 0.6) * 20_000) / (random.nextBoolean() ? 1 : 64);
    double width = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : random.nextInt(100_000);
    if (random.nextInt(3) > 0) {
      schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", from);
    }
    if (random.nextInt(3) > 0) {
      schema.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", from + 1.5 + width);
    }
    return schema;
  }

  private ObjectNode values() {
    ObjectNode schema = Json.object();
    ArrayNode all = schema.putArray("enum");
    for (int i = 0; i <= random.nextInt(4); i++) {
      switch (random.nextInt(4)) {
        case 0 -> all.add(pick(NAMES));
        case 1 -> all.add(random.nextInt(1000) / 8.0);
        case 2 -> all.addNull();
        default -> all.addObject().put(pick(NAMES), random.nextInt());
      }
    }
    return schema;
  }

  private ObjectNode object(int depth) {
    ObjectNode schema = Json.object();
    schema.put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    List<String> names = new ArrayList<>(NAMES);
    java.util.Collections.shuffle(names, random);
    ArrayNode required = schema.putArray("required");
    for (String name : names.subList(0, random.nextInt(4))) {
      properties.set(name, any(depth));
      if (random.nextBoolean()) {
        required.add(name);
      }
    }
    switch (random.nextInt(4)) {
      case 0 -> schema.put("additionalProperties", false);
      case 1 -> schema.set("additionalProperties", any(0));
      default -> {}
    }
    return schema;
  }

  private ObjectNode array(int depth) {
    ObjectNode schema = Json.object().put("type", "array");
    if (random.nextBoolean()) {
      schema.set("items", any(depth));
    }
    if (random.nextInt(3) == 0) {
      schema.putArray("prefixItems").add(any(depth)).add(any(0));
    }
    int least = random.nextInt(3);
    if (random.nextBoolean()) {
      schema.put("minItems", least);
    }
    if (random.nextBoolean()) {
      schema.put("maxItems", least + random.nextInt(3));
    }
    return schema;
  }

  private ObjectNode options(int depth) {
    ObjectNode schema = Json.object();
    if (random.nextBoolean()) {
      schema.putArray("anyOf").add(any(depth)).add(any(depth));
    } else {
      ArrayNode all = schema.putArray("oneOf");
      for (String kind : List.of("one", "two")) {
        ObjectNode one = object(depth);
        ((ObjectNode) one.path("properties")).putObject("kind").put("const", kind);
        ((ArrayNode) one.path("required")).add("kind");
        all.add(one);
      }
    }
    return schema;
  }

  private ObjectNode other(int depth) {
    if (definitions.has("tree")) {
      return Json.object().put("$ref", "#/$defs/tree");
    }
    ObjectNode schema = object(depth);
    ObjectNode more = object(0);
    more.remove("additionalProperties");
    schema.remove("additionalProperties");
    JsonNode properties = more.path("properties");
    schema
        .path("properties")
        .properties()
        .forEach(e -> ((ObjectNode) properties).remove(e.getKey()));
    schema.putArray("allOf").add(more);
    return schema;
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}

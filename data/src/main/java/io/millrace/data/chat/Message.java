package io.millrace.data.chat;

import io.millrace.data.DataException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What one side said.
 *
 * @param fields {@code role}, {@code content} and what else a template reads, such as {@code
 *     tool_calls}
 */
public record Message(Map<String, @Nullable Object> fields) {
  /** Keeps its own copy. */
  public Message {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** What this role said. */
  public static Message of(String role, String content) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("role", role);
    fields.put("content", content);
    return new Message(fields);
  }

  /** What the system is to do. */
  public static Message system(String content) {
    return of("system", content);
  }

  /** What the user said. */
  public static Message user(String content) {
    return of("user", content);
  }

  /** What the model said. */
  public static Message assistant(String content) {
    return of("assistant", content);
  }

  /**
   * Messages as OpenAI's and Hugging Face's formats write them.
   *
   * @throws DataException if it is no list of objects with a role
   */
  public static List<Message> list(JsonNode json, String place) {
    if (!json.isArray() || json.isEmpty()) {
      throw new DataException("chat.messages", place);
    }
    List<Message> messages = new ArrayList<>();
    for (JsonNode one : json) {
      if (!one.isObject() || !one.path("role").isString()) {
        throw new DataException("chat.message", place, messages.size() + 1);
      }
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      one.properties().forEach(entry -> fields.put(entry.getKey(), value(entry.getValue())));
      messages.add(new Message(fields));
    }
    return messages;
  }

  /** A JSON value as templates see it. */
  public static @Nullable Object value(JsonNode json) {
    if (json.isObject()) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      json.properties().forEach(entry -> map.put(entry.getKey(), value(entry.getValue())));
      return map;
    }
    if (json.isArray()) {
      List<@Nullable Object> list = new ArrayList<>();
      json.forEach(one -> list.add(value(one)));
      return list;
    }
    if (json.isString()) {
      return json.asString();
    }
    if (json.isBoolean()) {
      return json.asBoolean();
    }
    if (json.isIntegralNumber()) {
      BigInteger number = json.bigIntegerValue();
      return number.bitLength() < 64 ? (Object) number.longValue() : number.doubleValue();
    }
    return json.isNumber() ? (Object) json.asDouble() : null;
  }

  /** Who said it. */
  public String role() {
    return String.valueOf(fields.get("role"));
  }

  /** What was said, where it is a text. */
  public String content() {
    return fields.get("content") instanceof String text ? text : "";
  }
}

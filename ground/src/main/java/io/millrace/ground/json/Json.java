package io.millrace.ground.json;

import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.file.FileException;
import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes JSON, strictly. */
public final class Json {
  private static final Messages MESSAGES = Messages.beside(Json.class);
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .build();

  /** Far above any configuration, far below what would fill the memory. */
  private static final long LARGEST = 128 << 20;

  private Json() {}

  /** The mapper itself, for streaming. */
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /** A new empty object. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** A value as compact text. */
  public static String text(@org.jspecify.annotations.Nullable Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /** A value as indented text. */
  public static String pretty(Object value) {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n";
  }

  /**
   * Reads a text.
   *
   * @param place what the text is, for the message
   * @throws Problem if it is not JSON
   */
  public static JsonNode read(String text, String place) {
    try {
      return MAPPER.readTree(text);
    } catch (JacksonException e) {
      throw broken(place, e);
    }
  }

  /** Reads a text as a record. */
  public static <T> T read(String text, Class<T> type, String place) {
    try {
      return MAPPER.readValue(text, type);
    } catch (JacksonException e) {
      throw broken(place, e);
    }
  }

  /** Reads a file as a record. */
  public static <T> T read(Path file, Class<T> type) {
    return read(textOf(file), type, file.toString());
  }

  /** Reads a file. */
  public static JsonNode read(Path file) {
    return read(textOf(file), file.toString());
  }

  /** Writes a value as an indented file, whole or not at all. */
  public static void write(Path file, Object value) {
    AtomicFile.write(file, pretty(value));
  }

  private static String textOf(Path file) {
    try {
      long size = Files.size(file);
      if (size > LARGEST) {
        throw new Problem(MESSAGES, "large", file, size >> 20, LARGEST >> 20);
      }
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  private static Problem broken(String place, JacksonException e) {
    var at = e.getLocation();
    boolean known = at != null && at.getLineNr() > 0;
    String where = known ? place + ":" + at.getLineNr() + ":" + at.getColumnNr() : place;
    return new Problem(MESSAGES, "broken", where, e.getOriginalMessage(), e);
  }
}

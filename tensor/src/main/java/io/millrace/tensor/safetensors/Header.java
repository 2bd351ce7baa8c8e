package io.millrace.tensor.safetensors;

import io.millrace.ground.json.Json;
import io.millrace.tensor.DType;
import io.millrace.tensor.Shape;
import io.millrace.tensor.TensorException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The JSON before the data: name → type, shape and byte range, and free text under {@code
 * __metadata__}. Everything is checked: ranges cover the data exactly, without holes or overlaps.
 */
record Header(Map<String, Entry> entries, Map<String, String> metadata) {
  /** The reference implementation's limit; a larger length is a lie. */
  static final long LARGEST = 100_000_000;

  static Header parse(String file, byte[] json, long dataBytes) {
    JsonNode root;
    try {
      root = Json.mapper().readTree(new String(json, StandardCharsets.UTF_8));
    } catch (JacksonException e) {
      throw new SafetensorsException("header.json", file, e.getOriginalMessage());
    }
    if (!root.isObject()) {
      throw new SafetensorsException("header.json", file, "{…}");
    }
    Map<String, Entry> entries = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (field.getKey().equals("__metadata__")) {
        readMetadata(file, field.getValue(), metadata);
      } else {
        entries.put(field.getKey(), entry(file, field.getKey(), field.getValue()));
      }
    }
    checkCoverage(file, entries, dataBytes);
    return new Header(entries, metadata);
  }

  private static void readMetadata(String file, JsonNode node, Map<String, String> metadata) {
    if (!node.isObject()) {
      throw new SafetensorsException("header.metadata", file);
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!field.getValue().isString()) {
        throw new SafetensorsException("header.metadata", file);
      }
      metadata.put(field.getKey(), field.getValue().stringValue());
    }
  }

  private static Entry entry(String file, String name, JsonNode node) {
    if (!node.isObject() || node.size() != 3) {
      throw new SafetensorsException("header.entry", file, name);
    }
    JsonNode code = node.get("dtype");
    if (code == null || !code.isString()) {
      throw new SafetensorsException("header.entry", file, name);
    }
    DType dtype =
        DType.ofCode(code.stringValue())
            .orElseThrow(
                () -> new SafetensorsException("header.dtype", file, name, code.stringValue()));
    long[] sizes = longs(file, name, node.get("shape"));
    long[] offsets = longs(file, name, node.get("data_offsets"));
    if (offsets.length != 2 || offsets[0] < 0 || offsets[1] < offsets[0]) {
      throw new SafetensorsException("header.entry", file, name);
    }
    Shape shape;
    try {
      shape = Shape.of(sizes);
    } catch (TensorException e) {
      throw new SafetensorsException("header.entry", file, name);
    }
    long elements = shape.elements();
    if (elements > Long.MAX_VALUE / dtype.bytes()
        || elements * dtype.bytes() != offsets[1] - offsets[0]) {
      throw new SafetensorsException(
          "header.size", file, name, shape + " " + dtype, offsets[1] - offsets[0]);
    }
    return new Entry(name, dtype, shape, offsets[0], offsets[1]);
  }

  private static long[] longs(
      String file, String name, @org.jspecify.annotations.Nullable JsonNode node) {
    if (node == null || !node.isArray()) {
      throw new SafetensorsException("header.entry", file, name);
    }
    long[] values = new long[node.size()];
    for (int i = 0; i < values.length; i++) {
      JsonNode value = node.get(i);
      if (!value.isIntegralNumber() || !value.canConvertToLong()) {
        throw new SafetensorsException("header.entry", file, name);
      }
      values[i] = value.longValue();
    }
    return values;
  }

  private static void checkCoverage(String file, Map<String, Entry> entries, long dataBytes) {
    List<Entry> ordered = new ArrayList<>(entries.values());
    ordered.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long reached = 0;
    for (Entry entry : ordered) {
      if (entry.end() > dataBytes) {
        throw new SafetensorsException("truncated", file, entry.name(), entry.end(), dataBytes);
      }
      if (entry.begin() != reached) {
        throw new SafetensorsException("header.range", file, entry.name(), entry.begin(), reached);
      }
      reached = entry.end();
    }
    if (reached != dataBytes) {
      throw new SafetensorsException("header.rest", file, dataBytes - reached);
    }
  }
}

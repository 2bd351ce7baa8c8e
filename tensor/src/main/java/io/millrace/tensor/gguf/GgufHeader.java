package io.millrace.tensor.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What stands before the tensors of a GGUF file. */
record GgufHeader(Map<String, Object> metadata, Map<String, Stored> tensors) {
  private static final int MAGIC = 0x46554747;
  private static final int ALIGNMENT = 32;
  private static final int MOST_DIMENSIONS = 4;
  private static final int DEEPEST = 4;

  /**
   * A tensor.
   *
   * @param shape rows first, as everywhere here
   * @param at its first byte in the file
   */
  record Stored(Quantised type, long[] shape, long at) {
    long elements() {
      return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    long bytes() {
      return elements() / type.elements() * type.bytes();
    }
  }

  static GgufHeader read(String path, MemorySegment all) {
    return new Reader(path, all).header();
  }

  private static final class Reader {
    private static final ValueLayout.OfInt INT =
        ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
        ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String path;
    private final MemorySegment all;
    private long at;

    Reader(String path, MemorySegment all) {
      this.path = path;
      this.all = all;
    }

    GgufHeader header() {
      if (all.byteSize() < 4 || all.get(INT, 0) != MAGIC) {
        throw new GgufException("magic", path);
      }
      at = 4;
      int version = number("header");
      if (version != 2 && version != 3) {
        throw new GgufException("version", path, version);
      }
      long tensors = count("tensors", 24);
      long values = count("values", 12);
      Map<String, Object> metadata = new LinkedHashMap<>();
      for (long i = 0; i < values; i++) {
        String key = text();
        metadata.put(key, value(number(key), key, 0));
      }
      Map<String, Stored> relative = new LinkedHashMap<>();
      for (long i = 0; i < tensors; i++) {
        tensor(relative);
      }
      long step =
          metadata.get("general.alignment") instanceof Integer some && some > 0 && some < 1 << 20
              ? some
              : ALIGNMENT;
      long data = (at + step - 1) / step * step;
      Map<String, Stored> placed = new LinkedHashMap<>();
      relative.forEach(
          (name, one) -> {
            Stored stored = new Stored(one.type, one.shape, data + one.at);
            if (one.at < 0 || stored.at > all.byteSize() - stored.bytes()) {
              throw new GgufException("range", path, name);
            }
            placed.put(name, stored);
          });
      return new GgufHeader(metadata, placed);
    }

    private void tensor(Map<String, Stored> into) {
      String name = text();
      int dimensions = number(name);
      if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
        throw new GgufException("count", path, dimensions, "dimensions of " + name);
      }
      long[] shape = new long[dimensions];
      long elements = 1;
      for (int i = 0; i < dimensions; i++) {
        // The file has the quickest dimension first.
        long size = longNumber(name);
        shape[dimensions - 1 - i] = size;
        if (size < 1 || size > (1L << 40) / elements) {
          throw new GgufException("shape", path, name, Arrays.toString(shape), "GGUF");
        }
        elements *= size;
      }
      int number = number(name);
      Quantised type = Quantised.of(number);
      if (type == null) {
        throw new GgufException("type", path, name, number, Arrays.toString(Quantised.values()));
      }
      if (shape[dimensions - 1] % type.elements() != 0) {
        throw new GgufException("shape", path, name, Arrays.toString(shape), type);
      }
      into.put(name, new Stored(type, shape, longNumber(name)));
    }

    private Object value(int type, String key, int depth) {
      need(type <= 1 || type == 7 ? 1 : type <= 3 ? 2 : type <= 6 ? 4 : 8, key);
      return switch (type) {
        case 0 -> all.get(ValueLayout.JAVA_BYTE, at++) & 0xFF;
        case 1 -> (int) all.get(ValueLayout.JAVA_BYTE, at++);
        case 2 -> small() & 0xFFFF;
        case 3 -> (int) small();
        case 4, 5 -> number(key);
        case 6 -> Float.intBitsToFloat(number(key));
        case 7 -> all.get(ValueLayout.JAVA_BYTE, at++) != 0;
        case 8 -> text();
        case 9 -> list(key, depth);
        case 10, 11 -> longNumber(key);
        case 12 -> Double.longBitsToDouble(longNumber(key));
        default -> throw new GgufException("type", path, key, type, "0-12");
      };
    }

    private short small() {
      short value =
          all.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at);
      at += 2;
      return value;
    }

    private List<Object> list(String key, int depth) {
      int type = number(key);
      if (depth >= DEEPEST) {
        throw new GgufException("count", path, depth, "lists in lists of " + key);
      }
      long count = count(key, type <= 1 || type == 7 ? 1 : type <= 3 ? 2 : type <= 6 ? 4 : 8);
      List<Object> list = new ArrayList<>((int) Math.min(count, 1 << 18));
      for (long i = 0; i < count; i++) {
        list.add(value(type, key, depth + 1));
      }
      return list;
    }

    /** How many follow, each of some bytes at least. */
    private long count(String what, int least) {
      long count = longNumber(what);
      if (count < 0 || count > (all.byteSize() - at) / least) {
        throw new GgufException("count", path, Long.toUnsignedString(count), what);
      }
      return count;
    }

    private int number(String what) {
      need(4, what);
      int value = all.get(INT, at);
      at += 4;
      return value;
    }

    private long longNumber(String what) {
      need(8, what);
      long value = all.get(LONG, at);
      at += 8;
      return value;
    }

    private String text() {
      long length = count("bytes", 1);
      byte[] bytes = all.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
      at += length;
      return new String(bytes, StandardCharsets.UTF_8);
    }

    private void need(int bytes, String what) {
      if (at > all.byteSize() - bytes) {
        throw new GgufException("short", path, all.byteSize(), what);
      }
    }
  }
}

package io.millrace.tensor.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The types of tensors that can be read, with what a block of each stands for, as ggml's {@code
 * ggml-quants.c} has it.
 */
enum Quantised {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  BF16(30, 1, 2);

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int number;
  private final int elements;
  private final int bytes;

  Quantised(int number, int elements, int bytes) {
    this.number = number;
    this.elements = elements;
    this.bytes = bytes;
  }

  static @Nullable Quantised of(int number) {
    for (Quantised type : values()) {
      if (type.number == number) {
        return type;
      }
    }
    return null;
  }

  /** Elements in a block. */
  int elements() {
    return elements;
  }

  /** Bytes of a block. */
  int bytes() {
    return bytes;
  }

  /** Writes the floats of a block that begins at a byte. */
  void read(MemorySegment in, long at, float[] out, int to) {
    switch (this) {
      case F32 -> out[to] = Float.intBitsToFloat(in.get(INT, at));
      case F16 -> out[to] = half(in, at);
      case BF16 -> out[to] = Float.intBitsToFloat(in.get(SHORT, at) << 16);
      case Q8_0 -> {
        float scale = half(in, at);
        for (int i = 0; i < 32; i++) {
          out[to + i] = in.get(ValueLayout.JAVA_BYTE, at + 2 + i) * scale;
        }
      }
      case Q4_0, Q4_1, Q5_0, Q5_1 -> small(in, at, out, to);
      case Q4_K, Q5_K -> large(in, at, out, to);
      case Q6_K -> six(in, at, out, to);
    }
  }

  private static float half(MemorySegment in, long at) {
    return Float.float16ToFloat(in.get(SHORT, at));
  }

  private static int unsigned(MemorySegment in, long at) {
    return in.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
  }

  /** 32 elements with one scale, in four or five bits. */
  private void small(MemorySegment in, long at, float[] out, int to) {
    boolean five = this == Q5_0 || this == Q5_1;
    boolean shifted = this == Q4_1 || this == Q5_1;
    float scale = half(in, at);
    float least = shifted ? half(in, at + 2) : 0;
    long high = at + (shifted ? 4 : 2);
    int bits = five ? in.get(INT, high) : 0;
    long low = five ? high + 4 : high;
    int middle = shifted ? 0 : five ? 16 : 8;
    for (int i = 0; i < 16; i++) {
      int both = unsigned(in, low + i);
      int first = (both & 0xF) | (bits >>> i & 1) << 4;
      int second = both >>> 4 | (bits >>> (i + 16) & 1) << 4;
      // Not for the others: nothing added keeps the sign of a zero.
      out[to + i] = shifted ? scale * first + least : scale * (first - middle);
      out[to + 16 + i] = shifted ? scale * second + least : scale * (second - middle);
    }
  }

  /** 256 elements, each 32 with a scale and a least value of six bits. */
  private void large(MemorySegment in, long at, float[] out, int to) {
    boolean five = this == Q5_K;
    float scale = half(in, at);
    float least = half(in, at + 2);
    long scales = at + 4;
    long high = at + 16;
    long low = five ? high + 32 : high;
    for (int part = 0; part < 8; part++) {
      float own = scale * scale(in, scales, part);
      float min = least * least(in, scales, part);
      long from = low + 32L * (part / 2);
      int shift = part % 2 == 0 ? 0 : 4;
      for (int i = 0; i < 32; i++) {
        int value = unsigned(in, from + i) >>> shift & 0xF;
        if (five) {
          value |= (unsigned(in, high + i) >>> part & 1) << 4;
        }
        out[to + 32 * part + i] = own * value - min;
      }
    }
  }

  private static int scale(MemorySegment in, long at, int part) {
    return part < 4
        ? unsigned(in, at + part) & 63
        : (unsigned(in, at + part + 4) & 0xF) | unsigned(in, at + part - 4) >>> 6 << 4;
  }

  private static int least(MemorySegment in, long at, int part) {
    return part < 4
        ? unsigned(in, at + part + 4) & 63
        : unsigned(in, at + part + 4) >>> 4 | unsigned(in, at + part) >>> 6 << 4;
  }

  /** 256 elements in six bits, each 16 with a scale. */
  private static void six(MemorySegment in, long at, float[] out, int to) {
    float scale = half(in, at + 208);
    for (int half = 0; half < 2; half++) {
      long low = at + 64L * half;
      long high = at + 128 + 32L * half;
      long scales = at + 192 + 8L * half;
      for (int quarter = 0; quarter < 4; quarter++) {
        long from = low + 32L * (quarter % 2);
        int shift = quarter < 2 ? 0 : 4;
        for (int i = 0; i < 32; i++) {
          int value =
              (unsigned(in, from + i) >>> shift & 0xF)
                  | (unsigned(in, high + i) >>> (2 * quarter) & 3) << 4;
          int factor = in.get(ValueLayout.JAVA_BYTE, scales + i / 16 + 2L * quarter);
          out[to + 128 * half + 32 * quarter + i] = scale * factor * (value - 32);
        }
      }
    }
  }
}

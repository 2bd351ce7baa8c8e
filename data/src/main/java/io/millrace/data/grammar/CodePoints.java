package io.millrace.data.grammar;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Sets of characters, and their UTF-8 bytes. */
final class CodePoints {
  private static final int LAST = 0x10FFFF;

  /** What can be written with one, two, three and four bytes; surrogates are no characters. */
  private static final int[][] LENGTHS = {
    {0, 0x7F}, {0x80, 0x7FF}, {0x800, 0xD7FF}, {0xE000, 0xFFFF}, {0x10000, LAST}
  };

  private final BitSet set;

  private CodePoints(BitSet set) {
    this.set = set;
  }

  static CodePoints none() {
    return new CodePoints(new BitSet());
  }

  static CodePoints range(int first, int last) {
    CodePoints some = none();
    some.set.set(first, last + 1);
    return some;
  }

  static CodePoints of(String characters) {
    CodePoints some = none();
    characters.codePoints().forEach(some.set::set);
    return some;
  }

  CodePoints and(CodePoints more) {
    CodePoints all = new CodePoints((BitSet) set.clone());
    all.set.or(more.set);
    return all;
  }

  CodePoints without(CodePoints fewer) {
    CodePoints rest = new CodePoints((BitSet) set.clone());
    rest.set.andNot(fewer.set);
    return rest;
  }

  /** All characters but these. */
  CodePoints others() {
    return range(0, LAST).without(this);
  }

  boolean isEmpty() {
    return set.isEmpty();
  }

  boolean contains(int codePoint) {
    return set.get(codePoint);
  }

  /** The smallest; -1 if there is none. */
  int first() {
    return set.nextSetBit(0);
  }

  /** One of them, as its bytes. */
  static Grammar plain(CodePoints some) {
    List<Grammar> options = new ArrayList<>();
    BitSet ascii = some.set.get(0, 0x80);
    if (!ascii.isEmpty()) {
      options.add(new Grammar.Bytes(ascii));
    }
    for (int first = some.set.nextSetBit(0x80); first >= 0; ) {
      int last = some.set.nextClearBit(first) - 1;
      for (int[] length : LENGTHS) {
        int low = Math.max(first, length[0]);
        int high = Math.min(last, length[1]);
        if (low <= high && low >= 0x80) {
          options.add(series(encode(low), encode(high), 0));
        }
      }
      first = some.set.nextSetBit(last + 1);
    }
    return options.size() == 1 ? options.getFirst() : new Grammar.Choice(options);
  }

  /** All byte series between two of the same length, whose later bytes run from 0x80 to 0xBF. */
  private static Grammar series(int[] low, int[] high, int at) {
    if (at == low.length - 1) {
      return bytes(low[at], high[at]);
    }
    if (low[at] == high[at]) {
      return Grammar.row(bytes(low[at], low[at]), series(low, high, at + 1));
    }
    List<Grammar> options = new ArrayList<>();
    int[] least = filled(low, at, 0x80);
    int[] most = filled(high, at, 0xBF);
    options.add(Grammar.row(bytes(low[at], low[at]), series(low, filled(low, at, 0xBF), at + 1)));
    if (low[at] + 1 < high[at]) {
      options.add(Grammar.row(bytes(low[at] + 1, high[at] - 1), series(least, most, at + 1)));
    }
    options.add(
        Grammar.row(bytes(high[at], high[at]), series(filled(high, at, 0x80), high, at + 1)));
    return new Grammar.Choice(options);
  }

  private static int[] filled(int[] bytes, int after, int with) {
    int[] filled = bytes.clone();
    java.util.Arrays.fill(filled, after + 1, filled.length, with);
    return filled;
  }

  private static int[] encode(int codePoint) {
    byte[] bytes =
        new String(Character.toChars(codePoint)).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    int[] values = new int[bytes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes[i] & 0xFF;
    }
    return values;
  }

  static Grammar bytes(int first, int last) {
    BitSet set = new BitSet();
    set.set(first, last + 1);
    return new Grammar.Bytes(set);
  }
}

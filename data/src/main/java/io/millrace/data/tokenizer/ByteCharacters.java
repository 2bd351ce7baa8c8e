package io.millrace.data.tokenizer;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The visible characters that byte-level vocabularies write bytes with (Radford et al. 2019):
 * printable ones stand for themselves, the others for U+0100 and on.
 */
final class ByteCharacters {
  private static final char[] OF = new char[256];
  private static final Map<Character, Integer> BYTE = new HashMap<>();

  static {
    int next = 256;
    for (int i = 0; i < 256; i++) {
      boolean plain = (i >= '!' && i <= '~') || (i >= 0xA1 && i <= 0xAC) || i >= 0xAE;
      OF[i] = (char) (plain ? i : next++);
      BYTE.put(OF[i], i);
    }
  }

  private ByteCharacters() {}

  static String of(byte[] bytes) {
    char[] text = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      text[i] = OF[bytes[i] & 0xFF];
    }
    return new String(text);
  }

  /** The bytes behind such characters; null if there are others. */
  static byte @Nullable [] bytes(String text) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      Integer value = BYTE.get(text.charAt(i));
      if (value == null) {
        return null;
      }
      bytes[i] = value.byteValue();
    }
    return bytes;
  }

  /** All 256 in the order of their code points, which is how trainers number them. */
  static char[] alphabet() {
    char[] sorted = OF.clone();
    java.util.Arrays.sort(sorted);
    return sorted;
  }
}

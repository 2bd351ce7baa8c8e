package io.millrace.data.tokenizer;

/**
 * The visible characters that byte-level vocabularies write bytes with (Radford et al. 2019):
 * printable ones stand for themselves, the others for U+0100 and on.
 */
final class ByteCharacters {
  private static final char[] OF = new char[256];

  static {
    int next = 256;
    for (int i = 0; i < 256; i++) {
      boolean plain = (i >= '!' && i <= '~') || (i >= 0xA1 && i <= 0xAC) || i >= 0xAE;
      OF[i] = (char) (plain ? i : next++);
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

  /** All 256 in the order of their code points, which is how trainers number them. */
  static char[] alphabet() {
    char[] sorted = OF.clone();
    java.util.Arrays.sort(sorted);
    return sorted;
  }
}

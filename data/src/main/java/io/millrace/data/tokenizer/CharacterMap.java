package io.millrace.data.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/**
 * SentencePiece's table of characters and what becomes of them: the length of a double array, the
 * array, and texts that end with 0. A node says where its children are, and by which byte it is
 * reached.
 */
final class CharacterMap {
  private CharacterMap() {}

  /** Whether no text leads out of the table. */
  static boolean isSound(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < 4) {
      return false;
    }
    long length = Integer.toUnsignedLong(in.getInt());
    if (length == 0 || length % 4 != 0 || length > in.remaining()) {
      return false;
    }
    IntBuffer nodes = in.slice(4, (int) length).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    ByteBuffer texts = in.slice(4 + (int) length, bytes.length - 4 - (int) length);
    try {
      StandardCharsets.UTF_8.newDecoder().decode(texts.duplicate());
    } catch (CharacterCodingException e) {
      return false;
    }
    return walk(nodes, texts);
  }

  private static boolean walk(IntBuffer nodes, ByteBuffer texts) {
    int count = nodes.limit();
    BitSet seen = new BitSet(count);
    Deque<Integer> open = new ArrayDeque<>();
    open.add(offset(nodes.get(0)));
    while (!open.isEmpty()) {
      int base = open.remove();
      if ((base | 0xFF) >= count) {
        return false;
      }
      for (int label = 1; label <= 0xFF; label++) {
        int place = base ^ label;
        int node = nodes.get(place);
        if ((node & 0x800000FF) != label || seen.get(place)) {
          continue;
        }
        seen.set(place);
        int next = place ^ offset(node);
        if ((next | 0xFF) >= count) {
          return false;
        }
        boolean leaf = (node >>> 8 & 1) == 1;
        if (leaf && !isText(texts, nodes.get(next) & 0x7FFFFFFF)) {
          return false;
        }
        open.add(next);
      }
    }
    return true;
  }

  private static int offset(int node) {
    return node >>> 10 << ((node & 0x200) >>> 6);
  }

  /** Whether a text begins there. */
  private static boolean isText(ByteBuffer texts, int at) {
    return at < texts.limit() && (texts.get(at) & 0xC0) != 0x80;
  }
}

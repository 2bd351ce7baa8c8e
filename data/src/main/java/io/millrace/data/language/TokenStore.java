package io.millrace.data.language;

import io.millrace.data.DataException;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.ground.file.FileException;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of many documents in a file that is mapped, not read: a corpus may be larger than
 * memory. Big-endian ints, documents one after another; where they begin is kept in memory.
 */
public final class TokenStore implements AutoCloseable {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final Arena arena;
  private final MemorySegment tokens;
  private final long[] starts;

  private TokenStore(Arena arena, MemorySegment tokens, long[] starts) {
    this.arena = arena;
    this.tokens = tokens;
    this.starts = starts;
  }

  /**
   * Writes documents' tokens to a file and maps it.
   *
   * @param texts read once
   * @param begin the token before each document; absent: none
   * @param end the token behind each document; absent: none
   * @throws DataException if there is no token at all
   */
  public static TokenStore build(
      Stream<Document> texts,
      Tokenizer tokenizer,
      @Nullable Long begin,
      @Nullable Long end,
      Path file) {
    long[] starts = new long[1024];
    int documents = 0;
    long written = 0;
    boolean open = false;
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16))) {
      for (var each = texts.iterator(); each.hasNext(); ) {
        Document document = each.next();
        long[] ids = tokenizer.encodePlain(document.text()).ids();
        if (documents + 2 >= starts.length) {
          starts = Arrays.copyOf(starts, 2 * starts.length);
        }
        if (!open && ids.length > 0) {
          starts[documents++] = written;
          open = true;
          if (begin != null) {
            out.writeInt(begin.intValue());
            written++;
          }
        }
        for (long id : ids) {
          out.writeInt((int) id);
        }
        written += ids.length;
        if (open && document.ends()) {
          open = false;
          if (end != null) {
            out.writeInt(end.intValue());
            written++;
          }
        }
      }
    } catch (IOException e) {
      throw FileException.writing(file, e);
    }
    if (written == 0) {
      throw new DataException("samples.none");
    }
    starts[documents] = written;
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(file)) {
      MemorySegment mapped =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, written * Integer.BYTES, arena);
      return new TokenStore(arena, mapped, Arrays.copyOf(starts, documents + 1));
    } catch (IOException e) {
      arena.close();
      throw FileException.reading(file, e);
    }
  }

  /** Some of the tokens as a store of their own; this one stays the owner of the file. */
  public TokenStore part(long from, long to) {
    long[] inside = Arrays.stream(starts).filter(start -> start > from && start < to).toArray();
    long[] all = new long[inside.length + 2];
    for (int i = 0; i < inside.length; i++) {
      all[i + 1] = inside[i] - from;
    }
    all[all.length - 1] = to - from;
    MemorySegment some = tokens.asSlice(from * Integer.BYTES, (to - from) * Integer.BYTES);
    return new TokenStore(arena, some, all);
  }

  /** How many documents. */
  public int documents() {
    return starts.length - 1;
  }

  /** How many tokens. */
  public long tokens() {
    return starts[starts.length - 1];
  }

  /** The first token of a document. */
  long start(int document) {
    return starts[document];
  }

  /** The document that a token belongs to. */
  int documentAt(long token) {
    int found = Arrays.binarySearch(starts, token);
    return found >= 0 ? found : -found - 2;
  }

  /** Tokens from one place to another. */
  public int[] read(long from, long to) {
    int[] ids = new int[Math.toIntExact(to - from)];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = tokens.get(INT, (from + i) * Integer.BYTES);
    }
    return ids;
  }

  /** Lets the file go. */
  @Override
  public void close() {
    arena.close();
  }
}

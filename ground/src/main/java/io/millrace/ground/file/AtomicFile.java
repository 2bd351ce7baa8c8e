package io.millrace.ground.file;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file so that at any moment, also after a kill or with a full disk, the path holds the
 * old content or the new one, never half: written beside it, forced to disk, then moved over it.
 */
public final class AtomicFile {
  /** Writes the content. */
  public interface Content {
    /** Writes all of it to {@code out}; a throw leaves the old file as it was. */
    void writeTo(OutputStream out) throws IOException;
  }

  private AtomicFile() {}

  /**
   * Replaces {@code file}, making its folders.
   *
   * @throws FileException if it cannot be written; the old content is intact
   */
  public static void write(Path file, Content content) {
    Path target = file.toAbsolutePath();
    Path beside = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    try {
      Files.createDirectories(target.getParent());
      try (FileChannel channel =
              FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
        content.writeTo(out);
        out.flush();
        channel.force(true);
      }
      move(beside, target);
    } catch (IOException e) {
      throw FileException.writing(file, e);
    } finally {
      try {
        Files.deleteIfExists(beside);
      } catch (IOException e) {
        // The stray file bears a dot and a random name; it disturbs nobody.
      }
    }
  }

  /** Replaces {@code file} by a UTF-8 text. */
  public static void write(Path file, String text) {
    write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}

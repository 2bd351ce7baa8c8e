package io.millrace.ground.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a folder for one writer, among threads and processes. The system lets go of it when a
 * process ends in whatever way; the empty file {@code .lock} stays, because taking it away would
 * let two writers hold two files of the same name.
 */
public final class FolderLock implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;

  private FolderLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes a folder.
   *
   * @param folder an existing folder
   * @throws FileException if somebody else has it, or it cannot be written to
   */
  public static FolderLock of(Path folder) {
    Path file = folder.resolve(".lock");
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!isTaken(channel)) {
        channel.close();
        throw FileException.busy(folder);
      }
      return new FolderLock(file, channel);
    } catch (IOException e) {
      throw FileException.writing(file, e);
    }
  }

  private static boolean isTaken(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** Lets go. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw FileException.writing(file, e);
    }
  }
}

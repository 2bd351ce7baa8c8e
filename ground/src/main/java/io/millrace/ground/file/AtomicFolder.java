package io.millrace.ground.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Replaces a whole folder so that a kill or a full disk leaves the old one or the new one. File
 * systems cannot swap two folders in one step everywhere, so there are two: the old folder steps
 * aside as {@code .NAME.old}, the new one takes its place. A kill between the two is mended by the
 * next {@link #recover}, which readers call first.
 */
public final class AtomicFolder {
  /** Fills the new folder. */
  public interface Content {
    /** Writes all files below {@code folder}; a throw leaves the old folder as it was. */
    void writeTo(Path folder) throws IOException;
  }

  private AtomicFolder() {}

  /**
   * Replaces {@code folder}.
   *
   * @throws FileException if it cannot be written; the old folder is intact
   */
  public static void write(Path folder, Content content) {
    Path target = folder.toAbsolutePath().normalize();
    recover(target);
    Path fresh = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    Path old = old(target);
    try {
      Files.createDirectories(fresh);
      content.writeTo(fresh);
      if (Files.exists(target)) {
        delete(old);
        Files.move(target, old);
      }
      Files.move(fresh, target);
      delete(old);
    } catch (IOException e) {
      recover(target);
      throw FileException.writing(folder, e);
    } finally {
      try {
        delete(fresh);
      } catch (IOException e) {
        // A hidden left-over with a random name; it disturbs nobody.
      }
    }
  }

  /** Brings back the old folder where a kill fell between the two steps of {@link #write}. */
  public static void recover(Path folder) {
    Path target = folder.toAbsolutePath().normalize();
    Path old = old(target);
    try {
      if (!Files.exists(target) && Files.exists(old)) {
        Files.move(old, target);
      }
    } catch (IOException e) {
      throw FileException.writing(folder, e);
    }
  }

  /** Deletes a folder and all below it; nothing happens where there is none. */
  public static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }

  private static Path old(Path target) {
    return target.resolveSibling("." + target.getFileName() + ".old");
  }
}

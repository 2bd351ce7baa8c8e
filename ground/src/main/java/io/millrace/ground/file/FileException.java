package io.millrace.ground.file;

import io.millrace.ground.message.Messages;
import io.millrace.ground.message.Problem;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file that cannot be read or written; the message says which, why and what to do. */
public final class FileException extends Problem {
  private static final long serialVersionUID = 1L;
  private static final Messages MESSAGES = Messages.beside(FileException.class);

  private FileException(String key, Object... arguments) {
    super(MESSAGES, key, arguments);
  }

  /** The problem behind an error while reading {@code file}. */
  public static FileException reading(Path file, IOException e) {
    return e instanceof NoSuchFileException
        ? new FileException("missing", file)
        : e instanceof AccessDeniedException
            ? new FileException("denied.read", file)
            : new FileException("reading", file, reason(e), e);
  }

  /** The problem behind an error while writing {@code file}; what was there before is intact. */
  public static FileException writing(Path file, IOException e) {
    String reason = reason(e);
    if (reason.contains("No space left") || reason.contains("not enough space")) {
      return new FileException("full", file, e);
    }
    return e instanceof AccessDeniedException
        ? new FileException("denied.write", file)
        : new FileException("writing", file, reason, e);
  }

  /** Another process, or thread, is writing into {@code folder}. */
  static FileException busy(Path folder) {
    return new FileException("busy", folder);
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}

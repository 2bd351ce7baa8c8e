package io.millrace.data.language;

import io.millrace.data.Column;
import io.millrace.data.DataException;
import io.millrace.data.Table;
import io.millrace.data.source.TableFile;
import io.millrace.ground.file.FileException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;

/**
 * Documents from files, one after another: a text file (also {@code .gz}) is one document, read in
 * pieces; JSON lines, JSON lists, Parquet, CSV and TSV have one in each row, under a key. A list of
 * texts there is a text of as many lines.
 */
public final class TextFiles {
  /** A long text is read in pieces of about so many characters, cut at the end of a line. */
  private static final int PIECE = 1 << 20;

  private TextFiles() {}

  /** The documents of these files, in JSON and Parquet under {@code text}. Close the stream. */
  public static Stream<Document> documents(List<Path> files) {
    return documents(files, "text");
  }

  /**
   * The documents of these files. Close the stream.
   *
   * @param key where a row of JSON or Parquet has its text
   */
  public static Stream<Document> documents(List<Path> files, String key) {
    return documents(files, key, false);
  }

  /**
   * The documents of these files. Close the stream.
   *
   * @param key where a row of JSON, Parquet, CSV or TSV has its text
   * @param lines whether each line of a plain text is a document, not the whole
   */
  public static Stream<Document> documents(List<Path> files, String key, boolean lines) {
    return documents(files, key, lines, List.of());
  }

  /**
   * The documents of these files. Close the stream.
   *
   * @param columns names for plain texts whose lines are rows cut at tabs; empty: they are not
   */
  public static Stream<Document> documents(
      List<Path> files, String key, boolean lines, List<String> columns) {
    return files.stream()
        .flatMap(
            file ->
                columns.isEmpty() || !isPlain(file)
                    ? documents(file, key, lines)
                    : TextTable.read(file, columns).stream()
                        .map(row -> new Document(row.text(key), true)));
  }

  private static boolean isPlain(Path file) {
    String name = String.valueOf(file.getFileName());
    return !JsonRows.is(file) && !name.matches(".*\\.(parquet|(csv|tsv)(\\.gz)?)");
  }

  private static Stream<Document> documents(Path file, String key, boolean lines) {
    String name = String.valueOf(file.getFileName());
    if (JsonRows.is(file)) {
      List<String> texts = new ArrayList<>();
      JsonRows.each(
          file,
          (place, row) -> {
            texts.add(text(row.path(key), place, key));
          });
      return texts.stream().map(text -> new Document(text, true));
    }
    if (name.matches(".*\\.(parquet|(csv|tsv)(\\.gz)?)")) {
      Table table = TableFile.texts(file);
      Column column = table.column(key);
      return IntStream.range(0, column.rows())
          .mapToObj(row -> new Document(Objects.requireNonNullElse(column.text(row), ""), true));
    }
    return lines ? lines(file) : pieces(file);
  }

  private static String text(JsonNode value, String place, String key) {
    if (value.isArray()) {
      List<String> lines = new ArrayList<>();
      value.forEach(line -> lines.add(text(line, place, key)));
      return String.join("\n", lines);
    }
    if (!value.isString()) {
      throw new DataException("chat.text", place, key);
    }
    return value.asString();
  }

  private static Stream<Document> pieces(Path file) {
    BufferedReader reader = reader(file);
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(new Pieces(reader), Spliterator.ORDERED), false)
        .onClose(() -> close(reader));
  }

  private static Stream<Document> lines(Path file) {
    BufferedReader reader = reader(file);
    return reader
        .lines()
        .filter(line -> !line.isBlank())
        .map(line -> new Document(line.strip(), true))
        .onClose(() -> close(reader));
  }

  private static BufferedReader reader(Path file) {
    try {
      InputStream raw = Files.newInputStream(file);
      InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
      return new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  private static void close(Reader reader) {
    try {
      reader.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Pieces implements Iterator<Document> {
    private final Reader reader;
    private final StringBuilder held = new StringBuilder();
    private boolean ended;

    Pieces(Reader reader) {
      this.reader = reader;
    }

    @Override
    public boolean hasNext() {
      char[] some = new char[1 << 16];
      try {
        while (!ended && held.length() < PIECE) {
          int count = reader.read(some);
          ended = count < 0;
          held.append(some, 0, Math.max(0, count));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return !held.isEmpty();
    }

    @Override
    public Document next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      int line = ended ? -1 : held.lastIndexOf("\n");
      String piece = line > 0 ? held.substring(0, line + 1) : held.toString();
      held.delete(0, piece.length());
      return new Document(piece, ended && held.isEmpty());
    }
  }
}

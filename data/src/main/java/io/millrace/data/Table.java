package io.millrace.data;

import io.millrace.ground.file.Hashes;
import io.millrace.ground.message.Nearest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Rows with named columns, in memory, immutable. Read by {@link io.millrace.data.source.TableFile}.
 */
public final class Table {
  private final String source;
  private final List<Column> columns;
  private final int rows;

  private Table(String source, List<Column> columns) {
    this.source = source;
    this.columns = List.copyOf(columns);
    this.rows = columns.isEmpty() ? 0 : columns.getFirst().rows();
  }

  /**
   * A table of columns.
   *
   * @param source where it came from, for messages
   * @throws DataException if two columns share a name or differ in length
   */
  public static Table of(String source, List<Column> columns) {
    Set<String> names = new HashSet<>();
    for (Column column : columns) {
      if (!names.add(column.name())) {
        throw new DataException("column.twice", source, column.name());
      }
      if (column.rows() != columns.getFirst().rows()) {
        throw new DataException(
            "column.length", source, column.name(), column.rows(), columns.getFirst().rows());
      }
    }
    return new Table(source, columns);
  }

  /** Where the table came from. */
  public String source() {
    return source;
  }

  /** The number of rows. */
  public int rows() {
    return rows;
  }

  /** The columns, in order. */
  public List<Column> columns() {
    return columns;
  }

  /** The columns' names, in order. */
  public List<String> names() {
    return columns.stream().map(Column::name).toList();
  }

  /** The column of this name, if there is one. */
  public Optional<Column> find(String name) {
    return columns.stream().filter(column -> column.name().equals(name)).findFirst();
  }

  /**
   * The column of this name.
   *
   * @throws DataException if there is none; the message names the nearest
   */
  public Column column(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new DataException(
                    "column.absent", source, name, Nearest.of(name, names()), names()));
  }

  /** The column of this name, as numbers. */
  public Column.Numbers numbers(String name) {
    Column column = column(name);
    if (column instanceof Column.Numbers numbers) {
      return numbers;
    }
    for (int row = 0; row < rows; row++) {
      String text = column.text(row);
      if (text != null) {
        throw new DataException("column.text", source, name, row + 1, text);
      }
    }
    throw new DataException("column.empty", source, name);
  }

  /** The rows with these numbers, in this order. */
  public Table select(int[] selected) {
    return new Table(source, columns.stream().map(column -> column.select(selected)).toList());
  }

  /** All columns but one. */
  public Table without(String name) {
    column(name);
    return new Table(
        source, columns.stream().filter(column -> !column.name().equals(name)).toList());
  }

  /** This table with a column of the same name replaced by others, in its place. */
  public Table replacing(String name, List<Column> replacements) {
    column(name);
    List<Column> all = new ArrayList<>();
    for (Column column : columns) {
      if (column.name().equals(name)) {
        all.addAll(replacements);
      } else {
        all.add(column);
      }
    }
    return of(source, all);
  }

  /** SHA-256 over names and values, whatever the file format was. */
  public String hash() {
    MessageDigest digest = Hashes.digest();
    for (Column column : columns) {
      digest.update(column.name().getBytes(StandardCharsets.UTF_8));
      for (int row = 0; row < rows; row++) {
        String text = column.text(row);
        digest.update((byte) (text == null ? 0 : 1));
        if (text != null) {
          digest.update(text.getBytes(StandardCharsets.UTF_8));
        }
        digest.update((byte) '\n');
      }
    }
    return Hashes.hex(digest.digest());
  }
}

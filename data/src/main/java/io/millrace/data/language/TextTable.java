package io.millrace.data.language;

import io.millrace.data.Column;
import io.millrace.data.DataException;
import io.millrace.data.Table;
import io.millrace.data.source.TableFile;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Rows with texts in columns: CSV, TSV, JSON lines, JSON lists and Parquet, the text forms also
 * {@code .gz}. A file without a header is one of lines cut at tabs, whose columns the caller names.
 */
public final class TextTable {
  private TextTable() {}

  /**
   * A row.
   *
   * @param place the file and the row, for messages
   */
  public record Row(String place, JsonNode values) {
    /**
     * The text in a column.
     *
     * @throws DataException if it is missing, blank or no text
     */
    public String text(String column) {
      String text = optional(column);
      if (text == null) {
        throw new DataException("row.text", place, column, String.join(", ", names()));
      }
      return text;
    }

    /** The text in a column, if there is one; numbers and truths as they are written. */
    public @Nullable String optional(String column) {
      JsonNode value = values.path(column);
      if (!value.isValueNode() || value.isNull() || value.asString("").isBlank()) {
        return null;
      }
      return value.asString();
    }

    /** The texts in a column that holds a list of them. */
    public List<String> list(String column) {
      JsonNode value = values.path(column);
      if (!value.isArray()) {
        throw new DataException("row.list", place, column, String.join(", ", names()));
      }
      List<String> all = new ArrayList<>();
      value.forEach(one -> all.add(one.asString("")));
      return all;
    }

    private List<String> names() {
      return List.copyOf(values.propertyNames());
    }
  }

  /**
   * Reads a file.
   *
   * @param columns names for a file of lines cut at tabs, without a header; empty: as the file says
   * @throws DataException if a line has another number of fields, or the file is of no known form
   */
  public static List<Row> read(Path file, List<String> columns) {
    List<Row> rows = new ArrayList<>();
    if (!columns.isEmpty()) {
      lines(file, columns, rows);
    } else if (JsonRows.is(file)) {
      JsonRows.each(file, (place, row) -> rows.add(new Row(place, row)));
    } else {
      table(file, rows);
    }
    if (rows.isEmpty()) {
      throw new DataException("samples.none");
    }
    return rows;
  }

  private static void lines(Path file, List<String> columns, List<Row> rows) {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()))) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (line.isBlank()) {
          continue;
        }
        String[] fields = line.split("\t", -1);
        if (fields.length != columns.size()) {
          throw new DataException("row.fields", file + ":" + number, fields.length, columns);
        }
        ObjectNode values = Json.object();
        for (int i = 0; i < fields.length; i++) {
          values.put(columns.get(i), fields[i].strip());
        }
        rows.add(new Row(file + ":" + number, values));
      }
    } catch (CharacterCodingException e) {
      throw new DataException("chat.encoding", file);
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  private static void table(Path file, List<Row> rows) {
    Table table = TableFile.texts(file);
    for (int row = 0; row < table.rows(); row++) {
      ObjectNode values = Json.object();
      for (Column column : table.columns()) {
        values.put(column.name(), column.text(row));
      }
      rows.add(new Row(file + " #" + (row + 1), values));
    }
  }
}

package io.millrace.data.source;

import io.millrace.data.DataException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The first line of a CSV file: the columns' names, checked. */
final class CsvHeader {
  private static final int LONGEST_LINE = 1_000_000;

  private CsvHeader() {}

  static String firstLine(Path file, boolean gzip) throws IOException {
    try (BufferedReader reader = TableFile.reader(file, gzip)) {
      StringBuilder line = new StringBuilder();
      for (int c = reader.read(); c >= 0 && c != '\n' && c != '\r'; c = reader.read()) {
        if (c == 0 || line.length() > LONGEST_LINE) {
          throw new DataException("file.binary", file);
        }
        line.append((char) c);
      }
      if (line.length() > 0 && line.charAt(0) == '\uFEFF') {
        line.deleteCharAt(0);
      }
      if (line.toString().isBlank()) {
        throw new DataException("file.header", file);
      }
      return line.toString();
    }
  }

  /** DuckDB's column list: every column as text, so that we judge the types and name the rows. */
  static String columns(Path file, String separator, boolean gzip) throws IOException {
    List<String> names = split(firstLine(file, gzip), separator.charAt(0));
    Set<String> seen = new HashSet<>();
    StringBuilder columns = new StringBuilder("{");
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i).strip();
      if (name.isEmpty()) {
        name = "column" + (i + 1);
      }
      if (!seen.add(name)) {
        throw new DataException("column.twice", file, name);
      }
      columns.append(i == 0 ? "'" : ", '").append(name.replace("'", "''")).append("': 'VARCHAR'");
    }
    return columns.append('}').toString();
  }

  private static List<String> split(String line, char separator) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
          field.append('"');
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == separator && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }
}

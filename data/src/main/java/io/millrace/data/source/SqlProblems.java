package io.millrace.data.source;

import io.millrace.data.DataException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns DuckDB's messages about broken files into ours. */
final class SqlProblems {
  private static final Pattern LINE = Pattern.compile("CSV Error on Line: (\\d+)");
  private static final Pattern COLUMNS =
      Pattern.compile("Expected Number of Columns: (\\d+) Found: (\\d+)");

  private SqlProblems() {}

  static DataException of(Path file, SQLException e) {
    String message = String.valueOf(e.getMessage());
    Matcher line = LINE.matcher(message);
    Matcher columns = COLUMNS.matcher(message);
    if (line.find()) {
      return columns.find()
          ? new DataException("row.ragged", file, line.group(1), columns.group(1), columns.group(2))
          : new DataException("row.broken", file, line.group(1), firstLine(message));
    }
    return new DataException("file.broken", file, firstLine(message));
  }

  private static String firstLine(String message) {
    String line = message.lines().findFirst().orElse("");
    int colon = line.indexOf("Error: ");
    String text = colon < 0 ? line : line.substring(colon + 7);
    return text.length() > 200 ? text.substring(0, 200) + "…" : text;
  }
}

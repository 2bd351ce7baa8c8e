package io.millrace.data.source;

import io.millrace.data.Column;
import io.millrace.data.DataException;
import io.millrace.data.Table;
import io.millrace.ground.file.FileException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads CSV, TSV, JSON lines and Parquet files (also {@code .gz} of the first three) through
 * DuckDB.
 *
 * <p>A column whose values are all numbers becomes numbers, one of dates or times becomes seconds
 * since 1970, all else text. A text in a column of numbers is an error that names the row; so are
 * ragged rows. Empty cells and NA, N/A, NaN, null, ? are missing.
 */
public final class TableFile {
  /** From this share of numbers on, a text in a column is a mistake and not a text column. */
  private static final double MOSTLY = 0.9;

  private static final String MISSING =
      "['', 'NA', 'N/A', 'NaN', 'nan', 'NULL', 'null', 'None', '?']";

  private TableFile() {}

  /**
   * Reads a file; the format follows from its name.
   *
   * @throws DataException if it is empty, ragged, or of an unknown format
   */
  public static Table read(Path file) {
    return read(file, List.of());
  }

  /**
   * Reads a file with some columns taken as text even where they look like numbers (codes, ids).
   */
  public static Table read(Path file, List<String> textColumns) {
    if (Arff.isNamed(file)) {
      return Arff.read(file, textColumns);
    }
    return read(file, textColumns::contains, MISSING);
  }

  /** Reads a file of texts: every column as it stands, and only an empty cell is missing. */
  public static Table texts(Path file) {
    return read(file, any -> true, "['']");
  }

  private static Table read(Path file, Predicate<String> texts, String missing) {
    try {
      if (!Files.exists(file)) {
        throw FileException.reading(file, new NoSuchFileException(file.toString()));
      }
      if (Files.isDirectory(file)) {
        throw new DataException("file.folder", file);
      }
      if (Files.size(file) == 0) {
        throw new DataException("file.empty", file);
      }
      try (Connection database = open();
          Statement statement = database.createStatement()) {
        statement.execute("CREATE TABLE t AS SELECT * FROM " + source(file, missing));
        return Query.table(statement, file.toString(), texts, MOSTLY);
      }
    } catch (SQLException e) {
      throw SqlProblems.of(file, e);
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  private static Connection open() throws SQLException {
    Properties settings = new Properties();
    // Nothing is fetched behind the user's back.
    settings.setProperty("autoinstall_known_extensions", "false");
    settings.setProperty("autoload_known_extensions", "false");
    return DriverManager.getConnection("jdbc:duckdb:", settings);
  }

  private static String source(Path file, String missing) throws IOException {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    String plain = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
    String path = "'" + file.toString().replace("'", "''") + "'";
    String packed = name.endsWith(".gz") ? ", compression='gzip'" : "";
    if (plain.endsWith(".csv") || plain.endsWith(".tsv") || plain.endsWith(".txt")) {
      String separator = plain.endsWith(".tsv") ? "\t" : separator(file, name.endsWith(".gz"));
      return "read_csv(%s, header=true, all_varchar=true, delim='%s', quote='\"', escape='\"', auto_detect=false, columns=%s, nullstr=%s%s)"
          .formatted(
              path,
              separator,
              CsvHeader.columns(file, separator, name.endsWith(".gz")),
              missing,
              packed);
    }
    if (plain.endsWith(".jsonl") || plain.endsWith(".ndjson") || plain.endsWith(".json")) {
      String format = plain.endsWith(".json") ? "auto" : "newline_delimited";
      return "read_json(%s, format='%s', sample_size=-1%s)".formatted(path, format, packed);
    }
    if (plain.endsWith(".parquet")) {
      return "read_parquet(%s)".formatted(path);
    }
    throw new DataException("file.format", file);
  }

  /** The separator that the first line holds most often. */
  private static String separator(Path file, boolean gzip) throws IOException {
    String line = CsvHeader.firstLine(file, gzip);
    String best = ",";
    int most = 0;
    for (String candidate : new String[] {",", ";", "\t", "|"}) {
      int count = line.split(java.util.regex.Pattern.quote(candidate), -1).length - 1;
      if (count > most) {
        most = count;
        best = candidate;
      }
    }
    return best;
  }

  static BufferedReader reader(Path file, boolean gzip) throws IOException {
    InputStream in = Files.newInputStream(file);
    return new BufferedReader(
        new InputStreamReader(gzip ? new GZIPInputStream(in) : in, StandardCharsets.UTF_8));
  }

  /** Turns the imported table into typed columns. */
  private static final class Query {
    private Query() {}

    static Table table(Statement statement, String source, Predicate<String> texts, double mostly)
        throws SQLException {
      List<String> names = new ArrayList<>();
      List<String> types = new ArrayList<>();
      try (ResultSet set = statement.executeQuery("DESCRIBE t")) {
        while (set.next()) {
          names.add(set.getString("column_name"));
          types.add(set.getString("column_type"));
        }
      }
      int rows;
      try (ResultSet set = statement.executeQuery("SELECT count(*) FROM t")) {
        set.next();
        rows = Math.toIntExact(set.getLong(1));
      }
      if (rows == 0) {
        throw new DataException("file.norows", source);
      }
      List<Column> columns = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        boolean text = texts.test(names.get(i));
        columns.add(column(statement, source, names.get(i), types.get(i), rows, text, mostly));
      }
      return Table.of(source, columns);
    }

    private static Column column(
        Statement statement,
        String source,
        String name,
        String type,
        int rows,
        boolean asText,
        double mostly)
        throws SQLException {
      String quoted = "\"" + name.replace("\"", "\"\"") + "\"";
      if (asText) {
        return texts(statement, name, "CAST(" + quoted + " AS VARCHAR)", rows);
      }
      if (type.startsWith("TIMESTAMP") || type.equals("DATE")) {
        return numbers(statement, name, "epoch(CAST(" + quoted + " AS TIMESTAMP))", rows);
      }
      if (type.equals("BOOLEAN")) {
        return texts(statement, name, "CAST(" + quoted + " AS VARCHAR)", rows);
      }
      if (!type.equals("VARCHAR") && !type.equals("JSON")) {
        if (type.contains("STRUCT") || type.contains("[") || type.contains("MAP")) {
          throw new DataException("column.nested", source, name, type);
        }
        return numbers(statement, name, "CAST(" + quoted + " AS DOUBLE)", rows);
      }
      String given = "nullif(trim(" + quoted + "), '')"; // a blank cell is an empty one
      long filled = count(statement, given + " IS NOT NULL");
      long numeric = count(statement, "TRY_CAST(" + given + " AS DOUBLE) IS NOT NULL");
      if (filled > 0 && numeric == filled) {
        return numbers(statement, name, "CAST(" + given + " AS DOUBLE)", rows);
      }
      if (numeric >= mostly * filled && numeric > 0) {
        throw textAmongNumbers(statement, source, name, given);
      }
      if (filled > 0
          && count(statement, "TRY_CAST(" + given + " AS TIMESTAMP) IS NOT NULL") == filled) {
        return numbers(statement, name, "epoch(CAST(" + given + " AS TIMESTAMP))", rows);
      }
      return texts(statement, name, given, rows);
    }

    private static DataException textAmongNumbers(
        Statement statement, String source, String name, String given) throws SQLException {
      String where =
          " WHERE " + given + " IS NOT NULL AND TRY_CAST(" + given + " AS DOUBLE) IS NULL";
      try (ResultSet set =
          statement.executeQuery(
              "SELECT rowid + 1, " + given + " FROM t" + where + " ORDER BY rowid LIMIT 1")) {
        set.next();
        return new DataException("value.text", source, name, set.getLong(1), set.getString(2));
      }
    }

    private static long count(Statement statement, String condition) throws SQLException {
      try (ResultSet set = statement.executeQuery("SELECT count(*) FROM t WHERE " + condition)) {
        set.next();
        return set.getLong(1);
      }
    }

    private static Column numbers(Statement statement, String name, String expression, int rows)
        throws SQLException {
      double[] values = new double[rows];
      try (ResultSet set =
          statement.executeQuery("SELECT " + expression + " FROM t ORDER BY rowid")) {
        for (int row = 0; row < rows && set.next(); row++) {
          double value = set.getDouble(1);
          values[row] = set.wasNull() ? Double.NaN : value;
        }
      }
      return new Column.Numbers(name, values);
    }

    private static Column texts(Statement statement, String name, String expression, int rows)
        throws SQLException {
      @Nullable String[] values = new String[rows];
      try (ResultSet set =
          statement.executeQuery("SELECT " + expression + " FROM t ORDER BY rowid")) {
        for (int row = 0; row < rows && set.next(); row++) {
          values[row] = set.getString(1);
        }
      }
      return new Column.Texts(name, values);
    }
  }
}

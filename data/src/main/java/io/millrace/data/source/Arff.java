package io.millrace.data.source;

import io.millrace.data.DataException;
import io.millrace.data.Table;
import io.millrace.ground.file.FileException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * WEKA's attribute-relation files, plain or packed with gzip: the header gives the columns' names,
 * the rest is comma-separated. Sparse rows are refused; a question mark is a missing value.
 */
final class Arff {
  private static final Pattern ATTRIBUTE =
      Pattern.compile("@attribute\\s+('[^']*'|\"[^\"]*\"|\\S+)\\s+.*", Pattern.CASE_INSENSITIVE);

  private Arff() {}

  /** Whether a file's name says that it is one. */
  static boolean isNamed(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".arff") || name.endsWith(".arff.gz");
  }

  static Table read(Path file, List<String> textColumns) {
    try {
      Path plain = Files.createTempFile("millrace", ".csv");
      try {
        write(file, plain);
        Table table = TableFile.read(plain, textColumns);
        return Table.of(file.toString(), table.columns());
      } finally {
        Files.deleteIfExists(plain);
      }
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  private static void write(Path file, Path target) throws IOException {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        BufferedWriter out = Files.newBufferedWriter(target, StandardCharsets.UTF_8)) {
      List<String> names = new ArrayList<>();
      boolean data = false;
      int number = 0;
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        number++;
        String text = line.strip();
        if (text.isEmpty() || text.startsWith("%")) {
          continue;
        }
        if (data) {
          if (text.startsWith("{")) {
            throw new DataException("arff.sparse", file, number);
          }
          out.write(text.replace("'", "\"").replaceAll("(?<=^|,)\\s*\\?\\s*(?=,|$)", ""));
          out.newLine();
          continue;
        }
        Matcher attribute = ATTRIBUTE.matcher(text);
        if (attribute.matches()) {
          names.add(attribute.group(1).replaceAll("^['\"]|['\"]$", ""));
        } else if (text.toLowerCase(Locale.ROOT).startsWith("@data")) {
          data = true;
          out.write("\"" + String.join("\",\"", names) + "\"");
          out.newLine();
        }
      }
      if (!data || names.isEmpty()) {
        throw new DataException("arff.header", file);
      }
    }
  }
}

package io.millrace.data.language;

import io.millrace.data.DataException;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;

/** Rows of JSON lines or of a JSON list, also packed with gzip. */
final class JsonRows {
  private JsonRows() {}

  /** Whether a file's name says that it is one. */
  static boolean is(Path file) {
    return String.valueOf(file.getFileName()).matches(".*\\.(jsonl?|ndjson)(\\.gz)?");
  }

  /** A file's rows with their places. */
  static void each(Path file, BiConsumer<String, JsonNode> taken) {
    if (String.valueOf(file.getFileName()).matches(".*\\.json(\\.gz)?")) {
      JsonNode whole = whole(file);
      if (!whole.isArray()) {
        throw new DataException("chat.list", file);
      }
      int number = 0;
      for (JsonNode row : whole) {
        taken.accept(file + " #" + ++number, row);
      }
      return;
    }
    // A decoder of its own refuses bytes that are no UTF-8.
    try (InputStream in = open(file);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()))) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          taken.accept(file + ":" + number, json(line, file + ":" + number));
        }
      }
    } catch (CharacterCodingException e) {
      throw new DataException("chat.encoding", file);
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  /** The whole of a JSON file. */
  static JsonNode whole(Path file) {
    if (!file.toString().endsWith(".gz")) {
      return Json.read(file);
    }
    try (InputStream in = open(file)) {
      return Json.read(new String(in.readAllBytes(), StandardCharsets.UTF_8), file.toString());
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
  }

  private static JsonNode json(String line, String place) {
    try {
      return Json.read(line, place);
    } catch (Problem e) {
      throw new DataException("chat.row", place);
    }
  }
}

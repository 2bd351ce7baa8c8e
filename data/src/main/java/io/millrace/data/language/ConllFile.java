package io.millrace.data.language;

import io.millrace.data.DataException;
import io.millrace.ground.file.FileException;
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

/**
 * Words with tags: lines of a word and, behind blanks or tabs, its tag (the last field), sentences
 * apart by empty lines, as CoNLL 2003 has them; or JSON rows with a list of words and one of tags.
 */
public final class ConllFile {
  private static final String DOCUMENT = "-DOCSTART-";

  private ConllFile() {}

  /**
   * A sentence.
   *
   * @param place its first line, for messages
   */
  public record Words(List<String> words, List<String> tags, String place) {}

  /**
   * Reads a file, also packed with gzip.
   *
   * @param key where a JSON row has its words
   * @param label where it has its tags
   * @throws DataException naming the line, if a word has no tag
   */
  public static List<Words> read(Path file, String key, String label) {
    List<Words> all = new ArrayList<>();
    if (JsonRows.is(file)) {
      for (TextTable.Row row : TextTable.read(file, List.of())) {
        all.add(checked(new Words(row.list(key), row.list(label), row.place())));
      }
      return all;
    }
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()))) {
      List<String> words = new ArrayList<>();
      List<String> tags = new ArrayList<>();
      int number = 0;
      int first = 1;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        String[] fields = line.strip().split("[\t ]+");
        if (line.isBlank() || fields[0].equals(DOCUMENT)) {
          add(all, words, tags, file + ":" + first);
          first = number + 1;
        } else if (fields.length < 2) {
          throw new DataException("row.tag", file + ":" + number, line.strip());
        } else {
          words.add(fields[0]);
          tags.add(fields[fields.length - 1]);
        }
      }
      add(all, words, tags, file + ":" + first);
    } catch (CharacterCodingException e) {
      throw new DataException("chat.encoding", file);
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
    if (all.isEmpty()) {
      throw new DataException("samples.none");
    }
    return all;
  }

  private static void add(List<Words> all, List<String> words, List<String> tags, String place) {
    if (!words.isEmpty()) {
      all.add(new Words(List.copyOf(words), List.copyOf(tags), place));
      words.clear();
      tags.clear();
    }
  }

  private static Words checked(Words row) {
    if (row.words.size() != row.tags.size() || row.words.isEmpty()) {
      throw new DataException("row.tags", row.place, row.words.size(), row.tags.size());
    }
    return row;
  }
}

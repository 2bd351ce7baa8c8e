package io.millrace.data.language;

import io.millrace.data.DataException;
import io.millrace.ground.json.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Questions whose answers stand in a text: SQuAD's JSON ({@code data}, {@code paragraphs}, {@code
 * qas}), or rows with {@code question}, {@code context} and {@code answers} of {@code text} and
 * {@code answer_start}. Positions count characters (code points), as SQuAD does.
 */
public final class QuestionFile {
  private QuestionFile() {}

  /**
   * Reads a file, also packed with gzip.
   *
   * @throws DataException naming the question, if an answer does not stand where it is said to
   */
  public static List<AnswerWindow.Question> read(Path file) {
    List<AnswerWindow.Question> all = new ArrayList<>();
    if (String.valueOf(file.getFileName()).matches(".*\\.json(\\.gz)?")) {
      JsonNode whole = JsonRows.whole(file);
      if (whole.isObject()) {
        for (JsonNode document : whole.path("data")) {
          for (JsonNode paragraph : document.path("paragraphs")) {
            String context = paragraph.path("context").asString("");
            for (JsonNode asked : paragraph.path("qas")) {
              String place = file + " " + asked.path("id").asString("#" + (all.size() + 1));
              all.add(question(asked, context, asked.path("answers"), place));
            }
          }
        }
        return checked(all);
      }
    }
    for (TextTable.Row row : TextTable.read(file, List.of())) {
      JsonNode answers = row.values().path("answers");
      if (answers.isObject()) {
        var list = Json.object().putArray("list");
        for (int i = 0; i < answers.path("text").size(); i++) {
          list.addObject()
              .put("text", answers.path("text").get(i).asString(""))
              .put("answer_start", answers.path("answer_start").path(i).asInt(-1));
        }
        answers = list;
      }
      all.add(question(row.values(), row.text("context"), answers, row.place()));
    }
    return checked(all);
  }

  private static List<AnswerWindow.Question> checked(List<AnswerWindow.Question> all) {
    if (all.isEmpty()) {
      throw new DataException("samples.none");
    }
    return all;
  }

  private static AnswerWindow.Question question(
      JsonNode asked, String context, JsonNode answers, String place) {
    List<String> texts = new ArrayList<>();
    answers.forEach(answer -> texts.add(answer.path("text").asString("")));
    int start = answers.path(0).path("answer_start").asInt(-1);
    String first = texts.isEmpty() ? "" : texts.getFirst();
    if (start < 0 || start > context.codePointCount(0, context.length())) {
      throw new DataException("row.answer", place, first, start);
    }
    int at = context.offsetByCodePoints(0, start);
    return new AnswerWindow.Question(
        asked.path("question").asString(""), context, texts, at, place);
  }
}

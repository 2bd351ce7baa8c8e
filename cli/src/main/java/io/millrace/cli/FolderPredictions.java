package io.millrace.cli;

import io.millrace.data.language.TextTable;
import io.millrace.ground.json.Json;
import io.millrace.model.generation.Sampling;
import io.millrace.serve.language.LanguageModel;
import io.millrace.serve.language.TextEmbedder;
import io.millrace.serve.language.TextJudge;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a Hugging Face folder says of the texts in a file, by what it is made for. */
final class FolderPredictions {
  private static final int LENGTH = 256;

  private FolderPredictions() {}

  /** Whether a folder is one of these. */
  static boolean is(Path folder) {
    return Files.isRegularFile(folder.resolve("config.json"));
  }

  /**
   * A JSON object for each row.
   *
   * @param text the column of the text, or of the question
   * @param pair the column of the second text, or of the text with the answer; absent: none, and
   *     {@code context} where answers are looked for
   */
  static List<String> lines(Path folder, Path input, String text, @Nullable String pair) {
    String architecture =
        Json.read(folder.resolve("config.json")).path("architectures").path(0).asString("");
    List<TextTable.Row> rows =
        input.toString().endsWith(".txt")
            ? TextTable.read(input, List.of(text))
            : TextTable.read(input, List.of());
    List<String> lines = new ArrayList<>();
    TextJudge.Kind kind = TextJudge.kind(architecture);
    if (kind != null) {
      boolean asks = kind == TextJudge.Kind.ANSWERS;
      String first = asks && text.equals("text") ? "question" : text;
      String second = asks && pair == null ? "context" : pair;
      try (TextJudge judge = TextJudge.open(folder)) {
        for (TextTable.Row row : rows) {
          lines.add(
              Json.text(judge.judge(row.text(first), second == null ? null : row.text(second))));
        }
      }
    } else if (architecture.matches(
        ".*(ForConditionalGeneration|MTModel|ForCausalLM|LMHeadModel)")) {
      try (LanguageModel model = LanguageModel.open(folder)) {
        Sampling sampling = model.settings().recommended().change().maxTokens(LENGTH).build();
        for (TextTable.Row row : rows) {
          String said =
              model.generate(row.text(text), sampling, List.of(), any -> {}).text().strip();
          lines.add(Json.text(Map.of("text", said)));
        }
      }
    } else {
      try (TextEmbedder embedder = TextEmbedder.open(folder)) {
        embedder
            .embed(rows.stream().map(row -> row.text(text)).toList())
            .forEach(vector -> lines.add(Json.text(Map.of("vector", vector))));
      }
    }
    return lines;
  }
}

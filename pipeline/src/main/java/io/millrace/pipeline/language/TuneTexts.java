package io.millrace.pipeline.language;

import io.millrace.evaluate.report.LanguageReport;
import io.millrace.evaluate.text.Bleu;
import io.millrace.evaluate.text.CharacterF;
import io.millrace.evaluate.text.Rouge;
import io.millrace.ground.message.Problem;
import io.millrace.model.generation.Sampling;
import io.millrace.serve.language.LanguageModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a trained model writes, and how good that is. */
final class TuneTexts {
  private TuneTexts() {}

  /**
   * Lets a model write.
   *
   * @param adapter on the model; absent: none
   */
  static List<LanguageReport.Written> write(
      Path folder, @Nullable Path adapter, List<Asked> asked, TuneSpec.Generation how) {
    List<LanguageReport.Written> all = new ArrayList<>();
    try (LanguageModel model = LanguageModel.open(folder)) {
      if (adapter != null) {
        model.adapt(adapter);
      }
      Sampling sampling = Sampling.greedy(how.maxTokens()).change().beams(how.beams()).build();
      for (Asked one : asked) {
        String said = said(model, one, sampling);
        all.add(new LanguageReport.Written(one.text(), said.strip(), one.expected()));
      }
    }
    return all;
  }

  private static String said(LanguageModel model, Asked one, Sampling sampling) {
    try {
      return one.messages().isEmpty()
          ? model.generate(one.text(), sampling, List.of(), any -> {}).text()
          : model.chat(one.messages(), sampling, List.of(), any -> {}).text();
    } catch (Problem e) {
      // A prompt that does not fit must not cost the training that is done.
      return "";
    }
  }

  /** Scores of what was written beside what was expected. */
  static Map<String, Double> scores(List<LanguageReport.Written> written) {
    List<String> said = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (LanguageReport.Written one : written) {
      String wanted = one.expected();
      if (wanted != null) {
        said.add(one.said());
        expected.add(wanted);
      }
    }
    Map<String, Double> scores = new LinkedHashMap<>();
    if (!said.isEmpty()) {
      scores.put("bleu", Bleu.of(said, expected, Bleu.wordsOf(expected)));
      scores.put("chrf", CharacterF.of(said, expected));
      scores.put("rouge_l", Rouge.longest(said, expected));
    }
    return scores;
  }
}

package io.millrace.evaluate.report;

import io.millrace.evaluate.Evaluation;
import io.millrace.ground.message.Language;
import io.millrace.ground.message.Messages;
import io.millrace.model.Provenance;
import java.util.Locale;
import java.util.Map;

/** The model card (Mitchell et al. 2019) that travels in the package, in both languages. */
public final class ModelCard {
  private static final Messages MESSAGES = Messages.beside(ModelCard.class);

  private ModelCard() {}

  /** The card as Markdown. */
  public static String markdown(
      String name, String purpose, Evaluation evaluation, Provenance provenance) {
    return markdown(name, purpose, evaluation.rows(), evaluation.metrics(), provenance);
  }

  /**
   * The card of a model whose quality is told by figures without a common number of rows.
   *
   * @param figures by name, for example {@code val_loss}
   */
  public static String markdown(
      String name, String purpose, Map<String, Double> figures, Provenance provenance) {
    return markdown(name, purpose, 0, figures, provenance);
  }

  private static String markdown(
      String name, String purpose, long rows, Map<String, Double> metrics, Provenance provenance) {
    StringBuilder out = new StringBuilder("# ").append(name).append("\n");
    for (Language language : Language.values()) {
      out.append("\n## ").append(text(language, "card.use")).append("\n\n").append(purpose);
      out.append("\n\n## ").append(text(language, "card.quality")).append("\n\n");
      if (rows > 0) {
        out.append(text(language, "rows", rows)).append("\n\n");
      }
      out.append("| | |\n|---|---:|\n");
      metrics.forEach(
          (metric, value) ->
              out.append("| ")
                  .append(named(language, metric))
                  .append(String.format(Locale.ROOT, " | %.4f |%n", value)));
      out.append("\n## ").append(text(language, "provenance")).append("\n\n");
      out.append("- ").append(text(language, "created")).append(": ").append(provenance.created());
      provenance
          .data()
          .forEach(
              (part, hash) ->
                  out.append("\n- ")
                      .append(text(language, "hash", part))
                      .append(": ")
                      .append(hash));
      out.append('\n');
    }
    return out.toString();
  }

  /** Figures of trainings bear their own names. */
  private static String named(Language language, String metric) {
    String key = "metric." + metric;
    return MESSAGES.keys(language).contains(key) ? text(language, key) : metric;
  }

  private static String text(Language language, String key, Object... arguments) {
    return MESSAGES.text(language, key, arguments);
  }
}

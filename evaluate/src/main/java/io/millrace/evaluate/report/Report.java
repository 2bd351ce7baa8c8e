package io.millrace.evaluate.report;

import io.millrace.evaluate.Evaluation;
import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.json.Json;
import io.millrace.model.Provenance;
import io.millrace.train.History;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The report of one training: figures, curves, confusion matrix, explained examples, provenance, in
 * one HTML file that works offline and switches between Chinese and English.
 *
 * @param title what was trained
 * @param picture the network as an SVG document
 * @param sample a text that the model wrote; absent for models that write none
 * @param examples pictures with explanations; may be empty
 */
public record Report(
    String title,
    String summary,
    String picture,
    History history,
    Evaluation evaluation,
    @Nullable String sample,
    List<Example> examples,
    Provenance provenance) {
  /**
   * A picture, what the model said and why.
   *
   * @param pixels 0 to 1, row by row
   * @param attributions integrated gradients of the said class
   */
  public record Example(
      float[] pixels,
      int height,
      int width,
      String truth,
      String said,
      double probability,
      float @Nullable [] attributions) {}

  /** Writes the page, in the current language first. */
  public void write(Path file) {
    AtomicFile.write(file, html());
  }

  /** The page. */
  public String html() {
    // Inside HTML the namespace is known; nothing in a report looks like an address.
    String drawn = picture.replace(" xmlns=\"http://www.w3.org/2000/svg\"", "");
    return Html.page(
        title,
        "subtitle",
        "<section class=\"figures\">"
            + figures()
            + "</section>\n"
            + Html.section("curves", "<div class=\"curves\">" + Curves.all(history) + "</div>")
            + confusion()
            + Quality.sections(evaluation)
            + sampleSection()
            + examplesSection()
            + Html.section(
                "network",
                "<pre>"
                    + Html.escape(summary)
                    + "</pre><details><summary>"
                    + Html.both("picture")
                    + "</summary><div class=\"picture\">"
                    + drawn
                    + "</div></details>")
            + Html.section("provenance", "<div class=\"wide\">" + provenanceTable() + "</div>"));
  }

  private String figures() {
    StringBuilder out = new StringBuilder();
    for (Map.Entry<String, Double> metric : evaluation.metrics().entrySet()) {
      boolean share =
          List.of("accuracy", "precision", "recall", "f1", "all-right", "f1-micro")
              .contains(metric.getKey());
      out.append(
          Html.figure(
              share ? Html.percent(metric.getValue()) : Html.number(metric.getValue(), 4),
              Html.both("metric." + metric.getKey())));
    }
    return out + "<p class=\"muted\">" + Html.both("rows", evaluation.rows()) + "</p>";
  }

  private String confusion() {
    if (!(evaluation instanceof Evaluation.Classification classes)) {
      return "";
    }
    StringBuilder out = new StringBuilder("<section><h2>");
    out.append(Html.both("confusion")).append("</h2><p class=\"muted\">");
    out.append(Html.both("confusion.hint"))
        .append("</p><div class=\"wide\"><table class=\"confusion\">");
    out.append("<tr><th></th>");
    classes.classes().forEach(c -> out.append("<th>").append(Html.escape(c)).append("</th>"));
    for (String key : new String[] {"metric.precision", "metric.recall", "metric.f1"}) {
      out.append("<th class=\"score\">").append(Html.both(key)).append("</th>");
    }
    out.append("</tr>");
    for (int truth = 0; truth < classes.classes().size(); truth++) {
      out.append("<tr><th>").append(Html.escape(classes.classes().get(truth))).append("</th>");
      for (int said = 0; said < classes.classes().size(); said++) {
        int count = classes.confusion()[truth][said];
        double share = (double) count / Math.max(1, classes.actual(truth));
        String kind = truth == said ? "hit" : count > 0 ? "miss" : "none";
        out.append("<td class=\"%s\" style=\"--share:%.3f\">".formatted(kind, share))
            .append(count == 0 ? "·" : count)
            .append("</td>");
      }
      for (double score :
          new double[] {classes.precision(truth), classes.recall(truth), classes.f1(truth)}) {
        out.append("<td class=\"score\">").append(Html.number(score, 3)).append("</td>");
      }
      out.append("</tr>");
    }
    return out.append("</table></div></section>").toString();
  }

  private String sampleSection() {
    if (sample == null) {
      return "";
    }
    return "<section><h2>"
        + Html.both("sample")
        + "</h2><p class=\"muted\">"
        + Html.both("sample.hint")
        + "</p><pre>"
        + Html.escape(sample)
        + "</pre></section>";
  }

  private String examplesSection() {
    if (examples.isEmpty()) {
      return "";
    }
    StringBuilder out = new StringBuilder("<section><h2>");
    out.append(Html.both("examples")).append("</h2><p class=\"muted\">");
    out.append(Html.both("examples.hint")).append("</p><div class=\"examples\">");
    for (Example example : examples) {
      boolean hit = example.truth().equals(example.said());
      out.append("<div class=\"example ").append(hit ? "good" : "bad").append("\"><div>");
      out.append("<img alt=\"\" src=\"");
      out.append(Picture.grey(example.pixels(), example.height(), example.width())).append("\">");
      if (example.attributions() != null) {
        out.append("<img alt=\"\" src=\"")
            .append(Picture.attributions(example.attributions(), example.height(), example.width()))
            .append("\">");
      }
      out.append("</div><p>")
          .append(hit ? "✓ " : "✗ ")
          .append(
              Html.both(
                  "example", example.said(), Html.percent(example.probability()), example.truth()))
          .append("</p></div>");
    }
    return out.append("</div></section>").toString();
  }

  private String provenanceTable() {
    StringBuilder out = new StringBuilder("<table>");
    line(out, Html.both("created"), provenance.created());
    provenance.data().forEach((part, hash) -> line(out, Html.both("hash", part), hash));
    provenance.seeds().forEach((use, seed) -> line(out, Html.both("seed", use), seed.toString()));
    provenance.versions().forEach((what, version) -> line(out, Html.escape(what), version));
    provenance
        .parameters()
        .forEach(
            (name, value) ->
                line(
                    out,
                    Html.escape(name),
                    value instanceof String text ? text : Json.text(value)));
    return out.append("</table>").toString();
  }

  private static void line(StringBuilder out, String name, String value) {
    out.append("<tr><th>").append(name).append("</th><td><code>");
    out.append(Html.escape(value)).append("</code></td></tr>");
  }
}

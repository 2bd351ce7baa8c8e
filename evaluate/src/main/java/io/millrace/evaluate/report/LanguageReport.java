package io.millrace.evaluate.report;

import io.millrace.ground.file.AtomicFile;
import io.millrace.train.History;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The report of a training of a language model: figures, curves, what is learned of a sample, what
 * the model writes, the spec; one HTML file that works offline and switches between Chinese and
 * English.
 *
 * @param title what was trained
 * @param figures by name, for example {@code val_loss}
 * @param marked a sample, stretch by stretch, and whether it is learned; empty: everything is
 * @param written what the model wrote in the end; may be empty
 * @param spec how it was trained
 */
public record LanguageReport(
    String title,
    Map<String, Double> figures,
    History history,
    List<Marked> marked,
    List<Written> written,
    String spec) {
  /** A stretch of a sample. */
  public record Marked(String text, boolean learned) {}

  /**
   * What a model wrote.
   *
   * @param given what it read
   * @param expected what stands in the data; absent where nothing does
   */
  public record Written(String given, String said, @Nullable String expected) {}

  /** Writes the page, in the current language first. */
  public void write(Path file) {
    AtomicFile.write(file, html());
  }

  /** The page. */
  public String html() {
    StringBuilder numbers = new StringBuilder();
    figures.forEach(
        (name, value) ->
            numbers.append(
                Html.figure(
                    Html.number(value, Math.abs(value) >= 100 ? 1 : 4), Html.escape(name))));
    return Html.page(
        title,
        "language.subtitle",
        "<section class=\"figures\">"
            + numbers
            + "</section>\n"
            + Html.section("curves", "<div class=\"curves\">" + Curves.all(history) + "</div>")
            + sample()
            + texts()
            + Html.section("language.spec", "<pre>" + Html.escape(spec) + "</pre>"));
  }

  private String sample() {
    if (marked.isEmpty()) {
      return "";
    }
    StringBuilder out = new StringBuilder("<section><h2>");
    out.append(Html.both("language.marked")).append("</h2><p class=\"muted\">");
    out.append(Html.both("language.marked.hint")).append("</p><pre class=\"text\">");
    for (Marked piece : marked) {
      out.append(piece.learned ? "<mark>" : "")
          .append(Html.escape(piece.text))
          .append(piece.learned ? "</mark>" : "");
    }
    return out.append("</pre></section>").toString();
  }

  private String texts() {
    if (written.isEmpty()) {
      return "";
    }
    StringBuilder out = new StringBuilder("<section><h2>");
    out.append(Html.both("language.written")).append("</h2><div class=\"wide\"><table>");
    out.append("<tr><th>").append(Html.both("language.given"));
    out.append("</th><th>").append(Html.both("language.said"));
    out.append("</th><th>").append(Html.both("language.expected")).append("</th></tr>");
    for (Written one : written) {
      String expected = one.expected == null ? "" : one.expected;
      out.append("<tr>");
      for (String cell : new String[] {one.given, one.said, expected}) {
        out.append("<td class=\"text\">").append(Html.escape(cell)).append("</td>");
      }
      out.append("</tr>");
    }
    return out.append("</table></div></section>").toString();
  }
}

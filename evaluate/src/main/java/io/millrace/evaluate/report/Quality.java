package io.millrace.evaluate.report;

import io.millrace.evaluate.Calibration;
import io.millrace.evaluate.Evaluation;
import io.millrace.evaluate.Ranking;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The parts of a report that judge probabilities: ROC, precision and recall, calibration. */
final class Quality {
  private static final int SIZE = 260;
  private static final int LEFT = 36;
  private static final int BOTTOM = 24;
  private static final int TOP = 8;
  private static final int RIGHT = 18;
  private static final int MOST_LINES = 8;

  /** Okabe and Ito's, which colour-blind readers can tell apart. */
  private static final List<String> COLOURS =
      List.of(
          "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#a89b00", "#5b6b78");

  private Quality() {}

  static String sections(Evaluation evaluation) {
    return switch (evaluation) {
      case Evaluation.Classification classes ->
          ranking(classes.classes(), classes.rankings()) + calibration(classes.calibration());
      case Evaluation.MultiLabel labels -> ranking(labels.labels(), labels.rankings());
      case Evaluation.Sequences sequences -> "";
      case Evaluation.Regression regression -> "";
    };
  }

  private static String ranking(List<String> names, List<Ranking> rankings) {
    if (rankings.stream().allMatch(ranking -> ranking.roc().isEmpty())) {
      return "";
    }
    List<List<Ranking.Point>> roc = new ArrayList<>();
    List<List<Ranking.Point>> precision = new ArrayList<>();
    // Of two classes one curve says it all.
    int from = names.size() == 2 ? 1 : 0;
    for (int i = from; i < Math.min(rankings.size(), from + MOST_LINES); i++) {
      roc.add(rankings.get(i).roc());
      precision.add(rankings.get(i).precisionRecall());
    }
    StringBuilder out = new StringBuilder("<section><h2>");
    out.append(Html.both("ranking")).append("</h2><p class=\"muted\">");
    out.append(Html.both("ranking.hint")).append("</p><div class=\"charts\"><figure>");
    out.append(chart("ROC", roc, true)).append("</figure><figure>");
    out.append(chart("precision, recall", precision, false)).append("</figure></div>");
    out.append("<div class=\"wide\"><table><tr><th>").append(Html.both("ranking.class"));
    out.append("</th><th>").append(Html.both("ranking.auc"));
    out.append("</th><th>").append(Html.both("ranking.average")).append("</th></tr>");
    for (int i = 0; i < names.size(); i++) {
      boolean drawn = i >= from && i < from + MOST_LINES;
      out.append("<tr><td>");
      if (drawn) {
        out.append("<span style=\"color:%s\">━</span> ".formatted(COLOURS.get(i - from)));
      }
      out.append(Html.escape(names.get(i))).append("</td><td>");
      out.append(Html.number(rankings.get(i).auc(), 4)).append("</td><td>");
      out.append(Html.number(rankings.get(i).averagePrecision(), 4)).append("</td></tr>");
    }
    return out.append("</table></div></section>").toString();
  }

  private static String calibration(Calibration calibration) {
    List<Ranking.Point> points = new ArrayList<>();
    for (Calibration.Bin bin : calibration.bins()) {
      points.add(new Ranking.Point(bin.probability(), bin.hits()));
    }
    StringBuilder out = new StringBuilder("<section><h2>");
    out.append(Html.both("calibration")).append("</h2><p class=\"muted\">");
    out.append(Html.both("calibration.hint", Html.number(calibration.brier(), 4)));
    out.append("</p><div class=\"charts\"><figure>");
    out.append(chart("calibration", List.of(points), true)).append("</figure></div>");
    out.append("<div class=\"wide\"><table><tr><th>").append(Html.both("calibration.probability"));
    out.append("</th><th>").append(Html.both("calibration.hits"));
    out.append("</th><th>").append(Html.both("calibration.rows")).append("</th></tr>");
    for (Calibration.Bin bin : calibration.bins()) {
      out.append("<tr><td>").append(Html.number(bin.probability(), 3)).append("</td><td>");
      out.append(Html.number(bin.hits(), 3)).append("</td><td>").append(bin.rows());
      out.append("</td></tr>");
    }
    return out.append("</table></div></section>").toString();
  }

  /** A square from 0 to 1 both ways, with a diagonal to compare with. */
  private static String chart(String label, List<List<Ranking.Point>> lines, boolean diagonal) {
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">".formatted(SIZE, SIZE, label));
    for (int tick = 0; tick <= 4; tick++) {
      double value = tick / 4.0;
      svg.append(
          format(
              "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" class=\"grid\"/>",
              x(0), x(1), y(value), y(value)));
      svg.append(
          format(
              "<text x=\"%d\" y=\"%.1f\" class=\"tick\" text-anchor=\"end\">%.2f</text>",
              LEFT - 5, y(value) + 4, value));
      svg.append(
          format(
              "<text x=\"%.1f\" y=\"%d\" class=\"tick\" text-anchor=\"middle\">%.2f</text>",
              x(value), SIZE - BOTTOM + 16, value));
    }
    if (diagonal) {
      svg.append(
          format(
              "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" class=\"grid\""
                  + " stroke-dasharray=\"4 4\"/>",
              x(0), x(1), y(0), y(1)));
    }
    for (int i = 0; i < lines.size(); i++) {
      StringBuilder points = new StringBuilder();
      for (Ranking.Point point : lines.get(i)) {
        points.append(format("%.1f,%.1f ", x(point.x()), y(point.y())));
      }
      svg.append(
          "<polyline style=\"stroke:%s\" points=\"%s\"/>"
              .formatted(COLOURS.get(i), points.toString().strip()));
    }
    return svg.append("</svg>").toString();
  }

  private static double x(double value) {
    return LEFT + (SIZE - LEFT - RIGHT) * value;
  }

  private static double y(double value) {
    return TOP + (SIZE - TOP - BOTTOM) * (1 - value);
  }

  private static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }
}

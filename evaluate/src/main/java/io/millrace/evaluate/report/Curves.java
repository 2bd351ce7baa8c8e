package io.millrace.evaluate.report;

import io.millrace.train.History;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A chart of one value and its validation twin over the epochs, as inline SVG with a table behind
 * it.
 */
final class Curves {
  private static final int WIDTH = 460;
  private static final int HEIGHT = 220;
  private static final int LEFT = 52;
  private static final int BOTTOM = 34;
  private static final int RIGHT = 86;

  private Curves() {}

  /** A chart for each value, with its validation twin where there is one. */
  static String all(History history) {
    if (history.epochs().isEmpty()) {
      return "";
    }
    StringBuilder out = new StringBuilder();
    for (String name : history.last().values().keySet()) {
      boolean alone =
          !name.startsWith("val_") || !history.last().values().containsKey(name.substring(4));
      if (alone && !name.equals("rate")) {
        out.append("<figure><figcaption>")
            .append(Html.escape(name))
            .append("</figcaption>")
            .append(of(history, name))
            .append("</figure>");
      }
    }
    return out.toString();
  }

  static String of(History history, String metric) {
    List<double[]> series = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (String name : new String[] {metric, "val_" + metric}) {
      if (history.last().values().containsKey(name)) {
        series.add(history.epochs().stream().mapToDouble(e -> e.metric(name)).toArray());
        names.add(name);
      }
    }
    double low = series.stream().flatMapToDouble(java.util.Arrays::stream).min().orElse(0);
    double high = series.stream().flatMapToDouble(java.util.Arrays::stream).max().orElse(1);
    double margin = high == low ? 0.5 : (high - low) * 0.08;
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">"
            .formatted(WIDTH, HEIGHT, Html.escape(metric)));
    axes(svg, low - margin, high + margin, history.epochs().size());
    double[] shifts = shifts(series, low - margin, high + margin);
    for (int i = 0; i < series.size(); i++) {
      line(svg, series.get(i), low - margin, high + margin, i, names.get(i), shifts[i]);
    }
    return svg.append("</svg>").append(table(history, names)).toString();
  }

  /** Moves the two labels apart where their lines end close together. */
  private static double[] shifts(List<double[]> series, double low, double high) {
    double[] shifts = new double[series.size()];
    if (series.size() == 2) {
      double first = y(series.get(0)[series.get(0).length - 1], low, high);
      double second = y(series.get(1)[series.get(1).length - 1], low, high);
      double missing = 13 - Math.abs(first - second);
      if (missing > 0) {
        shifts[0] = first <= second ? -missing / 2 : missing / 2;
        shifts[1] = -shifts[0];
      }
    }
    return shifts;
  }

  private static void axes(StringBuilder svg, double low, double high, int epochs) {
    for (int tick = 0; tick <= 4; tick++) {
      double value = low + (high - low) * tick / 4;
      double y = y(value, low, high);
      svg.append(
          format(
              "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" class=\"grid\"/>",
              LEFT, WIDTH - RIGHT, y, y));
      svg.append(
          format(
              "<text x=\"%d\" y=\"%.1f\" class=\"tick\" text-anchor=\"end\">%.3f</text>",
              LEFT - 6, y + 4, value));
    }
    int every = Math.max(1, epochs / 8);
    for (int epoch = 1; epoch <= epochs; epoch += every) {
      svg.append(
          format(
              "<text x=\"%.1f\" y=\"%d\" class=\"tick\" text-anchor=\"middle\">%d</text>",
              x(epoch, epochs), HEIGHT - BOTTOM + 16, epoch));
    }
  }

  private static void line(
      StringBuilder svg,
      double[] values,
      double low,
      double high,
      int series,
      String name,
      double shift) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < values.length; i++) {
      points.append(format("%.1f,%.1f ", x(i + 1, values.length), y(values[i], low, high)));
    }
    svg.append(
        "<polyline class=\"s%d\" points=\"%s\"/>".formatted(series, points.toString().strip()));
    double end = y(values[values.length - 1], low, high) + 4 + shift;
    svg.append(
        format(
            "<circle class=\"d%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>",
            series, x(values.length, values.length), y(values[values.length - 1], low, high)));
    svg.append(
        format(
            "<text class=\"l%d\" x=\"%d\" y=\"%.1f\">%s</text>",
            series, WIDTH - RIGHT + 8, end, Html.escape(name.replace('_', ' '))));
  }

  private static String table(History history, List<String> names) {
    StringBuilder out = new StringBuilder("<details><summary>");
    out.append(Html.both("table")).append("</summary><table><tr><th>").append(Html.both("epoch"));
    names.forEach(name -> out.append("</th><th>").append(Html.escape(name)));
    out.append("</th></tr>");
    for (History.Epoch epoch : history.epochs()) {
      out.append("<tr><td>").append(epoch.number());
      names.forEach(name -> out.append("</td><td>").append(Html.number(epoch.metric(name), 5)));
      out.append("</td></tr>");
    }
    return out.append("</table></details>").toString();
  }

  private static double x(int epoch, int epochs) {
    double room = WIDTH - LEFT - RIGHT - 12.0;
    return LEFT + 6 + (epochs == 1 ? room / 2 : room * (epoch - 1) / (epochs - 1));
  }

  private static double y(double value, double low, double high) {
    return 10 + (HEIGHT - BOTTOM - 10) * (1 - (value - low) / (high - low));
  }

  private static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }
}

package io.millrace.evaluate.report;

import java.util.Locale;

/** A picture of points and a line through them, as an SVG document. */
public final class Scatter {
  private static final int WIDTH = 460;
  private static final int HEIGHT = 320;
  private static final int EDGE = 44;

  private Scatter() {}

  /**
   * Draws points and a line.
   *
   * @param x the points' places to the right
   * @param y the points' heights
   * @param lineX the line's places to the right, in order
   * @param lineY its heights
   */
  public static String of(float[] x, float[] y, float[] lineX, float[] lineY) {
    double[] across = range(x, lineX);
    double[] up = range(y, lineY);
    StringBuilder svg = new StringBuilder();
    svg.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                + " role=\"img\"><rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>"
                + "<style>text{font:11px system-ui,sans-serif;fill:#5b6b78}</style>",
            WIDTH, HEIGHT, WIDTH, WIDTH, HEIGHT));
    for (int tick = 0; tick <= 4; tick++) {
      double atX = across[0] + (across[1] - across[0]) * tick / 4;
      double atY = up[0] + (up[1] - up[0]) * tick / 4;
      svg.append(
          format(
              "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#dfe6ea\"/>"
                  + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>"
                  + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.3g</text>",
              EDGE,
              WIDTH - 12,
              y(atY, up),
              y(atY, up),
              EDGE - 6,
              y(atY, up) + 4,
              atY,
              x(atX, across),
              HEIGHT - EDGE + 18,
              atX));
    }
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < lineX.length; i++) {
      points.append(format("%.1f,%.1f ", x(lineX[i], across), y(lineY[i], up)));
    }
    svg.append("<polyline fill=\"none\" stroke=\"#d55e00\" stroke-width=\"2\" points=\"")
        .append(points.toString().strip())
        .append("\"/>");
    for (int i = 0; i < x.length; i++) {
      svg.append(
          format(
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#0072b2\"/>",
              x(x[i], across), y(y[i], up)));
    }
    return svg.append("</svg>\n").toString();
  }

  private static double[] range(float[] first, float[] second) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (float[] values : new float[][] {first, second}) {
      for (float value : values) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    double margin = high > low ? (high - low) * 0.05 : 0.5;
    return new double[] {low - margin, high + margin};
  }

  private static double x(double value, double[] range) {
    return EDGE + (WIDTH - EDGE - 12) * (value - range[0]) / (range[1] - range[0]);
  }

  private static double y(double value, double[] range) {
    return 12 + (HEIGHT - EDGE - 12) * (range[1] - value) / (range[1] - range[0]);
  }

  private static String format(String pattern, Object... arguments) {
    return String.format(Locale.ROOT, pattern, arguments);
  }
}

package io.millrace.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The picture behind {@link Network#picture()}: boxes from top to bottom, each in the row below the
 * deepest box that it reads, lines from reader to read.
 */
final class Drawing {
  private static final int BOX_WIDTH = 220;
  private static final int BOX_HEIGHT = 46;
  private static final int GAP = 28;
  private static final String STYLE =
      """
      <style>
      text { font: 13px "Inter", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif; fill: #16212b }
      .small { font-size: 11px; fill: #5b6b78 }
      rect { fill: #ffffff; stroke: #dfe6ea; rx: 6 }
      .in rect { fill: #f5f7f8; stroke: #0b7285 }
      .out rect { stroke: #0b7285; stroke-width: 2 }
      path { fill: none; stroke: #5b6b78; stroke-width: 1.2 }
      </style>
      """;

  private final Network network;
  private final Plan plan;
  private final List<String> inputs;
  private final int[] rows;
  private final int[] columns;
  private final int[] wide;

  private Drawing(Network network) {
    this.network = network;
    this.plan = network.plan();
    this.inputs = new ArrayList<>(plan.inputs().keySet());
    int boxes = inputs.size() + plan.steps().size();
    rows = new int[boxes];
    columns = new int[boxes];
    int deepest = 0;
    for (int i = 0; i < plan.steps().size(); i++) {
      int row = 0;
      for (int from : plan.steps().get(i).from()) {
        row = Math.max(row, rows[box(from)] + 1);
      }
      rows[inputs.size() + i] = row;
      deepest = Math.max(deepest, row);
    }
    wide = new int[deepest + 1];
    for (int box = 0; box < boxes; box++) {
      columns[box] = wide[rows[box]]++;
    }
  }

  static String of(Network network) {
    return new Drawing(network).draw();
  }

  private int box(int from) {
    return from < 0 ? -1 - from : inputs.size() + from;
  }

  private int width() {
    // Room at the right for lines past boxes, and as much at the left, so that it looks even.
    return Arrays.stream(wide).max().orElse(1) * (BOX_WIDTH + GAP) + 3 * GAP;
  }

  private int x(int box) {
    int row = wide[rows[box]] * (BOX_WIDTH + GAP) - GAP;
    return (width() - row) / 2 + columns[box] * (BOX_WIDTH + GAP);
  }

  private int y(int box) {
    return GAP + rows[box] * (BOX_HEIGHT + GAP);
  }

  private String draw() {
    int height = wide.length * (BOX_HEIGHT + GAP) + GAP;
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\">\n"
            .formatted(width(), height, width()));
    svg.append(STYLE);
    for (int i = 0; i < plan.steps().size(); i++) {
      for (int from : plan.steps().get(i).from()) {
        line(svg, box(from), inputs.size() + i);
      }
    }
    int number = 0;
    for (var input : plan.inputs().entrySet()) {
      String shape = input.getValue().withRows(0).toString().replaceFirst("0", "batch");
      box(svg, number++, "in", input.getKey(), shape);
    }
    for (int i = 0; i < plan.steps().size(); i++) {
      Plan.Step step = plan.steps().get(i);
      long count = step.shares() == i ? Summary.count(network.state(), step) : 0;
      box(
          svg,
          inputs.size() + i,
          plan.outputs().containsValue(i) ? "out" : "",
          step.name() + "  " + step.layer().kind() + Summary.activation(step),
          Summary.shape(step) + (count == 0 ? "" : String.format(Locale.ROOT, "  ·  %,d", count)));
    }
    return svg.append("</svg>\n").toString();
  }

  private void box(StringBuilder svg, int box, String kind, String title, String detail) {
    int middle = x(box) + BOX_WIDTH / 2;
    svg.append(
        """
        <g class="%s"><rect x="%d" y="%d" width="%d" height="%d"/>
        <text x="%d" y="%d" text-anchor="middle">%s</text>
        <text x="%d" y="%d" text-anchor="middle" class="small">%s</text></g>
        """
            .formatted(
                kind,
                x(box),
                y(box),
                BOX_WIDTH,
                BOX_HEIGHT,
                middle,
                y(box) + 20,
                escape(title),
                middle,
                y(box) + 37,
                escape(detail)));
  }

  /** A line that leaves downwards and arrives from above. */
  private void line(StringBuilder svg, int from, int to) {
    if (rows[to] - rows[from] > 1) {
      around(svg, from, to);
      return;
    }
    int fromX = x(from) + BOX_WIDTH / 2;
    int fromY = y(from) + BOX_HEIGHT;
    int toX = x(to) + BOX_WIDTH / 2;
    int toY = y(to);
    int bend = (toY - fromY) / 2;
    svg.append(
        "<path d=\"M%d %d C%d %d %d %d %d %d\"/>\n"
            .formatted(fromX, fromY, fromX, fromY + bend, toX, toY - bend, toX, toY));
  }

  /** A line past boxes that lie between: out at the right side, and in again. */
  private void around(StringBuilder svg, int from, int to) {
    int fromX = x(from) + BOX_WIDTH;
    int toX = x(to) + BOX_WIDTH;
    int bulge = GAP * 2;
    svg.append(
        "<path d=\"M%d %d C%d %d %d %d %d %d\"/>\n"
            .formatted(
                fromX,
                y(from) + BOX_HEIGHT / 2,
                fromX + bulge,
                y(from) + BOX_HEIGHT / 2,
                toX + bulge,
                y(to) + BOX_HEIGHT / 2,
                toX,
                y(to) + BOX_HEIGHT / 2));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}

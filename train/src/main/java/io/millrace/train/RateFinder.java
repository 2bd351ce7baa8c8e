package io.millrace.train;

import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.model.Network;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A search for a good step length (Smith 2017): a short training in which it rises from step to
 * step until the loss blows up. The result's weights are thrown away.
 */
public final class RateFinder {
  private static final double SMOOTHING = 0.95;
  private static final double BLOWN_UP = 4;
  private static final int LEAST_STEPS = 10;

  private RateFinder() {}

  /**
   * What was found.
   *
   * @param rates the step lengths tried, rising
   * @param losses the smoothed loss at each
   * @param suggestion where the loss fell fastest
   */
  public record Curve(List<Double> rates, List<Double> losses, double suggestion) {
    /** Copies the lists. */
    public Curve {
      rates = List.copyOf(rates);
      losses = List.copyOf(losses);
    }

    /** The curve as an SVG picture, rates on a logarithmic axis, the suggestion marked. */
    public String picture() {
      int width = 520;
      int height = 280;
      double low = losses.stream().mapToDouble(v -> v).min().orElse(0);
      double high = losses.stream().mapToDouble(v -> v).max().orElse(1);
      double first = Math.log10(rates.getFirst());
      double last = Math.log10(rates.getLast());
      StringBuilder points = new StringBuilder();
      for (int i = 0; i < rates.size(); i++) {
        double x = 60 + (width - 80) * (Math.log10(rates.get(i)) - first) / (last - first);
        double y = 20 + (height - 60) * (high - losses.get(i)) / Math.max(1e-12, high - low);
        points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
      }
      StringBuilder svg = new StringBuilder();
      svg.append(
          format(
              "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">",
              width, height));
      svg.append("<style>text{font:11px system-ui,sans-serif;fill:#5b6b78}</style>");
      for (int power = (int) Math.ceil(first); power <= Math.floor(last); power++) {
        double x = 60 + (width - 80) * (power - first) / (last - first);
        svg.append(
            format(
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"20\" y2=\"%d\" stroke=\"#dfe6ea\"/>"
                    + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">1e%d</text>",
                x, x, height - 40, x, height - 22, power));
      }
      double mark = 60 + (width - 80) * (Math.log10(suggestion) - first) / (last - first);
      svg.append(
          format(
              "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"20\" y2=\"%d\" stroke=\"#b35c00\""
                  + " stroke-dasharray=\"4 3\"/><text x=\"%.1f\" y=\"14\""
                  + " text-anchor=\"middle\">%.2g</text>",
              mark, mark, height - 40, mark, suggestion));
      svg.append(format("<text x=\"54\" y=\"26\" text-anchor=\"end\">%.3g</text>", high));
      svg.append(
          format("<text x=\"54\" y=\"%d\" text-anchor=\"end\">%.3g</text>", height - 40, low));
      svg.append("<polyline fill=\"none\" stroke=\"#0072b2\" stroke-width=\"2\" points=\"");
      return svg.append(points.toString().strip()).append("\"/></svg>").toString();
    }

    private static String format(String pattern, Object... arguments) {
      return String.format(Locale.ROOT, pattern, arguments);
    }
  }

  /**
   * Searches with a trainer's model, loss, optimizer and batches.
   *
   * @param from the first step length, for example 1e-6
   * @param to the last, for example 1
   * @param steps how many, at least 10
   */
  public static Curve search(Trainer trainer, Dataset data, double from, double to, int steps) {
    if (!(from > 0 && from < to) || steps < LEAST_STEPS) {
      throw new TrainException("finder.range", from, to, steps);
    }
    trainer.check(data);
    Batches batches = trainer.batches(data);
    List<Double> rates = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    try (Network network = trainer.network(data);
        Optimizer running = Group.over(trainer.optimizer, trainer.groups, network.parameters())) {
      Training training =
          new Training(
              network,
              running,
              1,
              batches.count(),
              trainer.batch,
              Map.of(),
              new Listeners(List.of()));
      training.epoch = 1;
      Step step = new Step(trainer, trainer.objective(), training, network);
      double mean = 0;
      double best = Double.POSITIVE_INFINITY;
      for (int epoch = 0; rates.size() < steps; epoch++) {
        try (Batches.Epoch pass = batches.epoch(epoch)) {
          while (pass.hasNext() && rates.size() < steps) {
            double rate = from * Math.pow(to / from, (double) rates.size() / (steps - 1));
            running.rate(rate);
            training.sum = 0;
            training.weight = 0;
            try {
              step.take(pass.next(), true);
            } catch (TrainException e) {
              return curve(rates, losses); // it blew up altogether
            }
            mean = SMOOTHING * mean + (1 - SMOOTHING) * training.loss();
            double smooth = mean / (1 - Math.pow(SMOOTHING, rates.size() + 1));
            rates.add(rate);
            losses.add(smooth);
            best = Math.min(best, smooth);
            if (rates.size() > LEAST_STEPS && smooth > BLOWN_UP * best) {
              return curve(rates, losses);
            }
          }
        }
      }
    }
    return curve(rates, losses);
  }

  private static Curve curve(List<Double> rates, List<Double> losses) {
    if (rates.size() < 3) {
      throw new TrainException("finder.short", rates.size());
    }
    int lowest = 0;
    for (int i = 0; i < losses.size(); i++) {
      lowest = losses.get(i) < losses.get(lowest) ? i : lowest;
    }
    // The first means are of a few batches only, and jump.
    int settled = Math.max(1, losses.size() / 8);
    int steepest = Math.min(settled, losses.size() - 2);
    double fall = 0;
    for (int i = settled; i < Math.min(lowest, losses.size() - 1); i++) {
      double slope = losses.get(i + 1) - losses.get(i - 1);
      if (slope < fall) {
        fall = slope;
        steepest = i;
      }
    }
    return new Curve(rates, losses, rates.get(steepest));
  }
}

package io.millrace.evaluate;

import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Compares outputs with the truth. */
public final class Evaluator {
  private static final double SMALLEST = 1e-15;

  private Evaluator() {}

  /**
   * Evaluates a network's outputs on a data set.
   *
   * @param outputs one array a row: class probabilities (one number: that of the second class), or
   *     numbers
   */
  public static Evaluation evaluate(Dataset data, float[][] outputs) {
    return switch (data.targets()) {
      case Targets.Classes classes -> classification(classes, outputs);
      case Targets.Steps steps -> sequences(steps, outputs);
      case Targets.Numbers(Rows values, var names) -> regression(values, outputs);
    };
  }

  /**
   * Evaluates probabilities of several labels that may hold at once.
   *
   * @param outputs one array a row: the probability of each label
   */
  public static Evaluation labels(Targets.Numbers truth, float[][] outputs) {
    int width = truth.names().size();
    int[][] counts = new int[width][3];
    double[][] scores = new double[width][outputs.length];
    boolean[][] truths = new boolean[width][outputs.length];
    float[] actual = new float[width];
    int right = 0;
    for (int row = 0; row < outputs.length; row++) {
      truth.values().copy(row, actual, 0);
      boolean all = true;
      for (int label = 0; label < width; label++) {
        boolean said = outputs[row][label] > 0.5f;
        boolean holds = actual[label] > 0.5f;
        scores[label][row] = outputs[row][label];
        truths[label][row] = holds;
        all &= said == holds;
        if (said || holds) {
          counts[label][said && holds ? 0 : said ? 1 : 2]++;
        }
      }
      right += all ? 1 : 0;
    }
    List<Ranking> rankings = new ArrayList<>();
    for (int label = 0; label < width; label++) {
      rankings.add(Ranking.of(scores[label], truths[label]));
    }
    return new Evaluation.MultiLabel(
        outputs.length, truth.names(), counts, (double) right / outputs.length, rankings);
  }

  private static Evaluation sequences(Targets.Steps truth, float[][] outputs) {
    int classes = truth.classes().size();
    long steps = 0;
    long hits = 0;
    double logLoss = 0;
    for (int row = 0; row < outputs.length; row++) {
      for (int i = 0; i < truth.length(); i++) {
        int actual = truth.labels()[row * truth.length() + i];
        if (actual != Targets.IGNORED) {
          float[] step = Arrays.copyOfRange(outputs[row], i * classes, (i + 1) * classes);
          steps++;
          hits += chosen(step) == actual ? 1 : 0;
          logLoss -= Math.log(Math.max(SMALLEST, step[actual]));
        }
      }
    }
    return new Evaluation.Sequences(outputs.length, steps, (double) hits / steps, logLoss / steps);
  }

  /** The class that a row of outputs says: the most probable. */
  public static int chosen(float[] output) {
    if (output.length == 1) {
      return output[0] > 0.5f ? 1 : 0;
    }
    int best = 0;
    for (int c = 1; c < output.length; c++) {
      if (output[c] > output[best]) {
        best = c;
      }
    }
    return best;
  }

  /** The probability of a class in a row of outputs. */
  public static double probability(float[] output, int c) {
    return output.length == 1 ? (c == 1 ? output[0] : 1 - output[0]) : output[c];
  }

  private static Evaluation classification(Targets.Classes truth, float[][] outputs) {
    int count = truth.classes().size();
    int[][] confusion = new int[count][count];
    double logLoss = 0;
    double brier = 0;
    double[][] scores = new double[count][outputs.length];
    boolean[][] truths = new boolean[count][outputs.length];
    double[] certain = new double[outputs.length];
    boolean[] hits = new boolean[outputs.length];
    for (int row = 0; row < outputs.length; row++) {
      int actual = truth.labels()[row];
      int said = chosen(outputs[row]);
      confusion[actual][said]++;
      logLoss -= Math.log(Math.max(SMALLEST, probability(outputs[row], actual)));
      certain[row] = probability(outputs[row], said);
      hits[row] = said == actual;
      for (int c = 0; c < count; c++) {
        scores[c][row] = probability(outputs[row], c);
        truths[c][row] = c == actual;
        double error = scores[c][row] - (c == actual ? 1 : 0);
        brier += error * error / outputs.length;
      }
    }
    List<Ranking> rankings = new ArrayList<>();
    for (int c = 0; c < count; c++) {
      rankings.add(Ranking.of(scores[c], truths[c]));
    }
    return new Evaluation.Classification(
        truth.classes(),
        confusion,
        logLoss / outputs.length,
        rankings,
        Calibration.of(certain, hits, brier));
  }

  private static Evaluation regression(Rows truth, float[][] outputs) {
    int width = (int) truth.shape().elements();
    float[] actual = new float[width];
    double[] mean = new double[width];
    for (int row = 0; row < outputs.length; row++) {
      truth.copy(row, actual, 0);
      for (int i = 0; i < width; i++) {
        mean[i] += actual[i] / (double) outputs.length;
      }
    }
    double squared = 0;
    double absolute = 0;
    double total = 0;
    for (int row = 0; row < outputs.length; row++) {
      truth.copy(row, actual, 0);
      for (int i = 0; i < width; i++) {
        double error = outputs[row][i] - (double) actual[i];
        squared += error * error;
        absolute += Math.abs(error);
        total += (actual[i] - mean[i]) * (actual[i] - mean[i]);
      }
    }
    double values = (double) outputs.length * width;
    return new Evaluation.Regression(
        outputs.length, squared / values, absolute / values, total == 0 ? 0 : 1 - squared / total);
  }
}

package io.millrace.evaluate;

import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;

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
      case Targets.Numbers(Rows values, var names) -> regression(values, outputs);
    };
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
    for (int row = 0; row < outputs.length; row++) {
      int actual = truth.labels()[row];
      confusion[actual][chosen(outputs[row])]++;
      logLoss -= Math.log(Math.max(SMALLEST, probability(outputs[row], actual)));
    }
    return new Evaluation.Classification(truth.classes(), confusion, logLoss / outputs.length);
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

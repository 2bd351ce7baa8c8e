package io.millrace.train.loss;

/** Losses by their Keras names, for static import. */
public final class Losses {
  private Losses() {}

  /** For class numbers. */
  public static Loss sparseCategoricalCrossEntropy() {
    return new SparseCategoricalCrossEntropy(0);
  }

  /** For target distributions. */
  public static Loss categoricalCrossEntropy() {
    return new CategoricalCrossEntropy(0);
  }

  /** For two classes, or several labels at once. */
  public static Loss binaryCrossEntropy() {
    return new BinaryCrossEntropy(0);
  }

  /** For numbers: squares. */
  public static Loss meanSquaredError() {
    return new Regression.MeanSquaredError();
  }

  /** For numbers: absolute differences. */
  public static Loss meanAbsoluteError() {
    return new Regression.MeanAbsoluteError();
  }

  /** For numbers: squares near 0, straight beyond {@code delta}. */
  public static Loss huber(double delta) {
    return new Regression.Huber(delta);
  }

  /** For numbers: an output for each quantile. */
  public static Loss quantile(Double... levels) {
    return new Quantile(java.util.List.of(levels));
  }
}

package io.millrace.train.loss;

/** Losses by their Keras names, for static import. */
public final class Losses {
  private Losses() {}

  /** For class numbers. */
  public static Loss sparseCategoricalCrossEntropy() {
    return new SparseCategoricalCrossEntropy();
  }

  /** For target distributions. */
  public static Loss categoricalCrossEntropy() {
    return new CategoricalCrossEntropy();
  }

  /** For two classes. */
  public static Loss binaryCrossEntropy() {
    return new BinaryCrossEntropy();
  }

  /** For numbers. */
  public static Loss meanSquaredError() {
    return new MeanSquaredError();
  }
}

package io.millrace.model.layer;

/** Layers by their Keras names, for static import. */
public final class Layers {
  private Layers() {}

  /** A fully connected layer. */
  public static Dense dense(int units) {
    return new Dense(units, Activation.LINEAR);
  }

  /** A fully connected layer with an activation. */
  public static Dense dense(int units, Activation activation) {
    return new Dense(units, activation);
  }

  /** Random zeros while training. */
  public static Dropout dropout(double rate) {
    return new Dropout(rate);
  }

  /** One long vector of each row. */
  public static Flatten flatten() {
    return new Flatten();
  }

  /** An activation as a layer. */
  public static Activate activation(Activation activation) {
    return new Activate(activation);
  }
}

package io.millrace.model.layer;

import java.util.List;

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

  /** A convolution over series. */
  public static Conv conv1d(int filters, int kernel) {
    return Conv.of(1, filters, kernel);
  }

  /** A convolution over pictures. */
  public static Conv conv2d(int filters, int kernel) {
    return Conv.of(2, filters, kernel);
  }

  /** A convolution over volumes. */
  public static Conv conv3d(int filters, int kernel) {
    return Conv.of(3, filters, kernel);
  }

  /** The largest of every window of a series. */
  public static Pooled.MaxPooling maxPooling1d(int size) {
    return new Pooled.MaxPooling(1, List.of(size), null, Padding.VALID);
  }

  /** The largest of every window of a picture. */
  public static Pooled.MaxPooling maxPooling2d(int size) {
    return new Pooled.MaxPooling(2, List.of(size), null, Padding.VALID);
  }

  /** The mean of every window of a picture. */
  public static Pooled.AveragePooling averagePooling2d(int size) {
    return new Pooled.AveragePooling(2, List.of(size), null, Padding.VALID);
  }

  /** The mean of each channel of a series. */
  public static GlobalPooling.Average globalAveragePooling1d() {
    return new GlobalPooling.Average(1, false);
  }

  /** The mean of each channel of a picture. */
  public static GlobalPooling.Average globalAveragePooling2d() {
    return new GlobalPooling.Average(2, false);
  }

  /** Batch normalization with Keras's settings. */
  public static Normalizing.BatchNormalization batchNormalization() {
    return new Normalizing.BatchNormalization(0.99, 0.001, true, true);
  }

  /** Layer normalization with Keras's settings. */
  public static Normalizing.LayerNormalization layerNormalization() {
    return new Normalizing.LayerNormalization(0.001, true, true);
  }

  /** Another shape for the same numbers; one size may be −1. */
  public static Rearrange.Reshape reshape(Integer... sizes) {
    return new Rearrange.Reshape(List.of(sizes));
  }

  /** Another order of dimensions, counted from 1. */
  public static Rearrange.Permute permute(Integer... dimensions) {
    return new Rearrange.Permute(List.of(dimensions));
  }

  /** A vector for each id. */
  public static Embedding embedding(int ids, int size) {
    return new Embedding(ids, size, Initializer.RANDOM_UNIFORM);
  }

  /** Gated recurrent units; the last state. */
  public static Recurring.Gru gru(int units) {
    return new Recurring.Gru(units, false, false, 0);
  }

  /** Gated recurrent units; an output for every step. */
  public static Recurring.Gru gruSequences(int units) {
    return new Recurring.Gru(units, true, false, 0);
  }

  /** Long short-term memory; the last state. */
  public static Recurring.Lstm lstm(int units) {
    return new Recurring.Lstm(units, false, false, 0, false);
  }

  /** Long short-term memory; an output for every step. */
  public static Recurring.Lstm lstmSequences(int units) {
    return new Recurring.Lstm(units, true, false, 0, false);
  }

  /** A recurrent layer read from both ends, outputs side by side. */
  public static Wrap.Bidirectional bidirectional(Recurring layer) {
    return new Wrap.Bidirectional(layer, Wrap.Merge.CONCAT);
  }

  /** Layers whose output is added to their input. */
  public static Wrap.Residual residual(LayerSpec... layers) {
    return new Wrap.Residual(List.of(layers));
  }

  /** Attention in several heads. */
  public static MultiHeadAttention multiHeadAttention(int heads, int size) {
    return new MultiHeadAttention(heads, size, null, null, false, 0, true);
  }

  /** The sum of rows. */
  public static Join.Add add() {
    return new Join.Add();
  }

  /** The product of rows. */
  public static Join.Multiply multiply() {
    return new Join.Multiply();
  }

  /** Rows side by side along the last dimension. */
  public static Join.Concatenate concatenate() {
    return new Join.Concatenate(-1);
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

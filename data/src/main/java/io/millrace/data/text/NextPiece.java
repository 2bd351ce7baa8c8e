package io.millrace.data.text;

import io.millrace.data.DataException;
import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.tensor.Shape;

/** Rows for a language model: a stretch of a text, and at each place the piece that follows. */
public final class NextPiece {
  private NextPiece() {}

  /**
   * Cuts a text into rows one after another; what is left at the end and shorter than a row is
   * dropped.
   *
   * @param name what the text is
   * @param ids of the whole text
   * @param length pieces a row
   * @throws DataException if not one row fits
   */
  public static Dataset dataset(String name, int[] ids, Vocabulary vocabulary, int length) {
    int rows = length < 1 ? 0 : (ids.length - 1) / length;
    if (rows < 1) {
      throw new DataException("text.short", name, ids.length, length);
    }
    float[] inputs = new float[rows * length];
    int[] targets = new int[rows * length];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = ids[i];
      targets[i] = ids[i + 1];
    }
    return new Dataset(
        name,
        Rows.of(inputs, Shape.of(length)),
        new Targets.Steps(targets, length, vocabulary.pieces()));
  }
}

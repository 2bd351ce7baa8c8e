package io.millrace.serve;

import java.util.Arrays;

/**
 * A named array on its way to or from a model.
 *
 * @param name the port's name
 * @param datatype in the Open Inference Protocol's words: FP32, FP64, INT64, UINT8, BOOL, BYTES …
 * @param shape its sizes, the first being the number of rows
 * @param data the elements, row by row
 */
public record Values(String name, String datatype, long[] shape, Data data) {
  /** Elements in Java's arrays. */
  public sealed interface Data {
    /** The number of elements. */
    int length();
  }

  /** Numbers that 32 bits hold exactly. */
  public record Floats(float[] values) implements Data {
    @Override
    public int length() {
      return values.length;
    }

    @Override
    public String toString() {
      return Arrays.toString(values);
    }
  }

  /** Numbers that need 64 bits. */
  public record Doubles(double[] values) implements Data {
    @Override
    public int length() {
      return values.length;
    }

    @Override
    public String toString() {
      return Arrays.toString(values);
    }
  }

  /** Texts. */
  public record Texts(String[] values) implements Data {
    @Override
    public int length() {
      return values.length;
    }

    @Override
    public String toString() {
      return Arrays.toString(values);
    }
  }

  /** For people: the name, the shape, the elements. */
  @Override
  public String toString() {
    return name + " " + datatype + Arrays.toString(shape) + " " + data;
  }

  /** A float array. */
  public static Values of(String name, float[] values, long... shape) {
    return new Values(name, "FP32", shape, new Floats(values));
  }

  /** Texts, one a row. */
  public static Values of(String name, String[] values) {
    return new Values(name, "BYTES", new long[] {values.length}, new Texts(values));
  }

  /** The number of rows. */
  public int rows() {
    return shape.length == 0 ? 1 : (int) shape[0];
  }
}

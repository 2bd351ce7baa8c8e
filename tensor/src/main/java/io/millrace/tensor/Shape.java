package io.millrace.tensor;

import java.util.Arrays;

/** The sizes of a tensor's dimensions, outermost first; {@code []} is a scalar. Immutable. */
public final class Shape {
  private static final Shape SCALAR = new Shape(new long[0]);
  private final long[] sizes;

  private Shape(long[] sizes) {
    this.sizes = sizes;
  }

  /**
   * A shape of these sizes.
   *
   * @throws TensorException if a size is negative or the number of elements overflows a long
   */
  public static Shape of(long... sizes) {
    if (sizes.length == 0) {
      return SCALAR;
    }
    Shape shape = new Shape(sizes.clone());
    for (long size : sizes) {
      if (size < 0) {
        throw new TensorException("shape.negative", shape);
      }
    }
    shape.elements();
    return shape;
  }

  /** The number of dimensions. */
  public int rank() {
    return sizes.length;
  }

  /** The size of a dimension; negative numbers count from the last, −1. */
  public long size(int dimension) {
    return sizes[index(dimension)];
  }

  /** The sizes, outermost first. */
  public long[] sizes() {
    return sizes.clone();
  }

  /** The product of all sizes; 1 for a scalar. */
  public long elements() {
    long product = 1;
    for (long size : sizes) {
      if (size == 0) {
        return 0;
      }
      product = product > Long.MAX_VALUE / size ? -1 : product * size;
      if (product < 0) {
        throw new TensorException("shape.overflow", this);
      }
    }
    return product;
  }

  /** The dimension's place from the first, for a number that may count from the last. */
  int index(int dimension) {
    int index = dimension < 0 ? dimension + sizes.length : dimension;
    if (index < 0 || index >= sizes.length) {
      throw new TensorException("shape.dimension", dimension, this);
    }
    return index;
  }

  /** This shape without its first dimension: the shape of one row. */
  public Shape row() {
    return sizes.length == 0 ? SCALAR : new Shape(Arrays.copyOfRange(sizes, 1, sizes.length));
  }

  /** This shape behind a new first dimension of {@code rows}. */
  public Shape withRows(long rows) {
    long[] all = new long[sizes.length + 1];
    all[0] = rows;
    System.arraycopy(sizes, 0, all, 1, sizes.length);
    return of(all);
  }

  /** Whether two shapes broadcast: from the last dimension, sizes are equal or one of them is 1. */
  public boolean broadcastsWith(Shape other) {
    for (int i = 1; i <= Math.min(sizes.length, other.sizes.length); i++) {
      long mine = sizes[sizes.length - i];
      long theirs = other.sizes[other.sizes.length - i];
      if (mine != theirs && mine != 1 && theirs != 1) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sizes);
  }

  @Override
  public String toString() {
    return Arrays.toString(sizes);
  }
}

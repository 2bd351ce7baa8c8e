package io.millrace.data;

import io.millrace.tensor.Shape;

/** Unsigned bytes, scaled while they are read: the loop is one that the JIT compiler vectorises. */
record ByteRows(byte[] values, Shape shape, float scale, float shift) implements Rows {
  ByteRows {
    long size = shape.elements();
    if (size == 0 || values.length % size != 0) {
      throw new DataException("rows.size", values.length, shape);
    }
  }

  @Override
  public int count() {
    return (int) (values.length / shape.elements());
  }

  @Override
  public boolean isInMemory() {
    return true;
  }

  @Override
  public void copy(int row, float[] target, int offset) {
    int size = (int) shape.elements();
    int from = row * size;
    for (int i = 0; i < size; i++) {
      target[offset + i] = (values[from + i] & 0xff) * scale + shift;
    }
  }

  @Override
  public Rows scaled(float factor, float added) {
    return new ByteRows(values, shape, scale * factor, shift * factor + added);
  }
}

package io.millrace.data;

import io.millrace.tensor.Shape;

/** Rows whose numbers are multiplied and shifted while they are read. */
record ScaledRows(Rows all, float scale, float shift) implements Rows {
  @Override
  public int count() {
    return all.count();
  }

  @Override
  public Shape shape() {
    return all.shape();
  }

  @Override
  public boolean isInMemory() {
    return all.isInMemory();
  }

  @Override
  public void copy(int row, float[] target, int offset) {
    all.copy(row, target, offset);
    int end = offset + (int) all.shape().elements();
    for (int i = offset; i < end; i++) {
      target[i] = target[i] * scale + shift;
    }
  }
}

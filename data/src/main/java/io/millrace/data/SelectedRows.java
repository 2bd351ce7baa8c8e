package io.millrace.data;

import io.millrace.tensor.Shape;

/** Some rows of others, in an order of their own. */
record SelectedRows(Rows all, int[] rows) implements Rows {
  @Override
  public int count() {
    return rows.length;
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
    all.copy(rows[row], target, offset);
  }

  @Override
  public Rows scaled(float scale, float shift) {
    return new SelectedRows(all.scaled(scale, shift), rows);
  }
}

package io.millrace.data;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A named column of a {@link Table}: numbers (also times, as seconds since 1970) or texts. */
public sealed interface Column {
  /** The column's name. */
  String name();

  /** The number of rows. */
  int rows();

  /** Whether the row has no value. */
  boolean isMissing(int row);

  /** The value as text, for messages and tables; {@code null} where it is missing. */
  @Nullable String text(int row);

  /** The same column under another name. */
  Column named(String name);

  /** The rows with these numbers, in this order. */
  Column select(int[] rows);

  /** How many rows have no value. */
  default int missing() {
    int count = 0;
    for (int row = 0; row < rows(); row++) {
      count += isMissing(row) ? 1 : 0;
    }
    return count;
  }

  /**
   * Numbers; NaN is missing.
   *
   * @param values one a row; not copied
   */
  record Numbers(String name, double[] values) implements Column {
    @Override
    public int rows() {
      return values.length;
    }

    @Override
    public boolean isMissing(int row) {
      return Double.isNaN(values[row]);
    }

    @Override
    public @Nullable String text(int row) {
      double value = values[row];
      return Double.isNaN(value)
          ? null
          : value == Math.rint(value) && Math.abs(value) < 1e15
              ? Long.toString((long) value)
              : Double.toString(value);
    }

    @Override
    public Column named(String other) {
      return new Numbers(other, values);
    }

    @Override
    public Column select(int[] rows) {
      return new Numbers(name, Arrays.stream(rows).mapToDouble(row -> values[row]).toArray());
    }
  }

  /**
   * Texts; {@code null} is missing.
   *
   * @param values one a row; not copied
   */
  record Texts(String name, @Nullable String[] values) implements Column {
    @Override
    public int rows() {
      return values.length;
    }

    @Override
    public boolean isMissing(int row) {
      return values[row] == null;
    }

    @Override
    public @Nullable String text(int row) {
      return values[row];
    }

    @Override
    public Column named(String other) {
      return new Texts(other, values);
    }

    @Override
    public Column select(int[] rows) {
      @Nullable String[] selected = new String[rows.length];
      for (int i = 0; i < rows.length; i++) {
        selected[i] = values[rows[i]];
      }
      return new Texts(name, selected);
    }
  }
}

package io.millrace.data;

import java.util.Arrays;
import java.util.List;

/** What a network is to say about each row. */
public sealed interface Targets {
  /** The number of rows. */
  int count();

  /** The rows with these numbers, in this order. */
  Targets select(int[] rows);

  /**
   * One of several classes a row.
   *
   * @param labels 0 … classes−1, one a row; not copied
   * @param classes the classes' names
   */
  record Classes(int[] labels, List<String> classes) implements Targets {
    /** Checks every label. */
    public Classes {
      classes = List.copyOf(classes);
      for (int row = 0; row < labels.length; row++) {
        if (labels[row] < 0 || labels[row] >= classes.size()) {
          throw new DataException("label.outside", row + 1, labels[row], classes.size());
        }
      }
    }

    @Override
    public int count() {
      return labels.length;
    }

    @Override
    public Targets select(int[] rows) {
      return new Classes(Arrays.stream(rows).map(row -> labels[row]).toArray(), classes);
    }
  }

  /**
   * One or more numbers a row.
   *
   * @param names the numbers' names, one for each column of {@code values}
   */
  record Numbers(Rows values, List<String> names) implements Targets {
    /** Checks that names and columns agree. */
    public Numbers {
      names = List.copyOf(names);
      if (values.shape().elements() != names.size()) {
        throw new DataException("rows.size", names.size(), values.shape());
      }
    }

    @Override
    public int count() {
      return values.count();
    }

    @Override
    public Targets select(int[] rows) {
      return new Numbers(values.select(rows), names);
    }
  }
}

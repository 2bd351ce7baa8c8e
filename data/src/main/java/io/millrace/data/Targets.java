package io.millrace.data;

import io.millrace.ground.file.Hashes;
import java.util.Arrays;
import java.util.List;

/** What a network is to say about each row. */
public sealed interface Targets {
  /** The label of a step that counts for nothing. */
  int IGNORED = -100;

  /** The number of rows. */
  int count();

  /** The rows with these numbers, in this order. */
  Targets select(int[] rows);

  /** SHA-256 over all rows. */
  String hash();

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

    @Override
    public String hash() {
      return Hashes.of(Arrays.toString(labels) + classes);
    }
  }

  /**
   * A class for every step of a row: the next token, a tag, or the symbols of a spoken text.
   *
   * @param labels rows one after another, each of {@code length}; 0 … classes−1, or {@link
   *     #IGNORED}
   * @param length steps a row
   * @param classes the classes' names
   */
  record Steps(int[] labels, int length, List<String> classes) implements Targets {
    /** Checks every label. */
    public Steps {
      classes = List.copyOf(classes);
      if (length < 1 || labels.length % length != 0) {
        throw new DataException("rows.size", labels.length, "[" + length + "]");
      }
      for (int i = 0; i < labels.length; i++) {
        if (labels[i] != IGNORED && (labels[i] < 0 || labels[i] >= classes.size())) {
          throw new DataException("label.outside", i / length + 1, labels[i], classes.size());
        }
      }
    }

    @Override
    public int count() {
      return labels.length / length;
    }

    @Override
    public Targets select(int[] rows) {
      int[] chosen = new int[rows.length * length];
      for (int i = 0; i < rows.length; i++) {
        System.arraycopy(labels, rows[i] * length, chosen, i * length, length);
      }
      return new Steps(chosen, length, classes);
    }

    @Override
    public String hash() {
      return Hashes.of(Arrays.toString(labels) + length + classes);
    }
  }

  /**
   * One or more numbers a row; of 0 and 1 where several labels may hold at once.
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

    @Override
    public String hash() {
      return Hashes.of(values.hash() + names);
    }
  }
}

package io.millrace.data;

import io.millrace.ground.file.Hashes;
import java.util.Arrays;

/**
 * Inputs and targets of the same rows, ready for training.
 *
 * @param name what the data is, for reports
 * @param inputs what a network reads
 * @param targets what it is to say
 */
public record Dataset(String name, Rows inputs, Targets targets) {
  /** Checks that inputs and targets have the same number of rows, at least one. */
  public Dataset {
    if (inputs.count() != targets.count()) {
      throw new DataException("dataset.rows", name, inputs.count(), targets.count());
    }
    if (inputs.count() == 0) {
      throw new DataException("dataset.empty", name);
    }
  }

  /** The number of rows. */
  public int count() {
    return inputs.count();
  }

  /** The rows with these numbers, in this order; a view. */
  public Dataset select(int[] rows) {
    return new Dataset(name, inputs.select(rows), targets.select(rows));
  }

  /** The training and the test part of a split. */
  public Dataset part(Parts parts, Parts.Side side) {
    return select(side == Parts.Side.TRAIN ? parts.train() : parts.test());
  }

  /** SHA-256 over inputs and targets, for provenance. */
  public String hash() {
    String inner =
        switch (targets) {
          case Targets.Classes(int[] labels, var classes) -> Arrays.toString(labels) + classes;
          case Targets.Numbers(Rows values, var names) -> values.hash() + names;
        };
    return Hashes.of(inputs.hash() + inner);
  }
}

package io.millrace.data;

import io.millrace.ground.file.Hashes;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Inputs and targets of the same rows, ready for training.
 *
 * @param name what the data is, for reports
 * @param allInputs what a network reads, by the names of its inputs; with a single one the name
 *     does not matter
 * @param allTargets what it is to say, by the names of its outputs; likewise
 * @param weights how much each row counts in the loss; absent: all the same
 */
public record Dataset(
    String name,
    Map<String, Rows> allInputs,
    Map<String, Targets> allTargets,
    float @Nullable [] weights) {
  /**
   * Checks that inputs, targets and weights have the same number of rows, at least one.
   *
   * <p>Written out and not compact: javac leaves the annotations of a compact constructor's array
   * parameters out of the class file, and the rooms above are checked against that.
   */
  public Dataset(
      String name,
      Map<String, Rows> allInputs,
      Map<String, Targets> allTargets,
      float @Nullable [] weights) {
    allInputs = Collections.unmodifiableMap(new LinkedHashMap<>(allInputs));
    allTargets = Collections.unmodifiableMap(new LinkedHashMap<>(allTargets));
    if (allInputs.isEmpty() || allTargets.isEmpty()) {
      throw new DataException("dataset.parts", name);
    }
    int count = allInputs.values().iterator().next().count();
    for (Rows rows : allInputs.values()) {
      if (rows.count() != count) {
        throw new DataException("dataset.inputs", name, count, rows.count());
      }
    }
    for (Targets targets : allTargets.values()) {
      if (targets.count() != count) {
        throw new DataException("dataset.rows", name, count, targets.count());
      }
    }
    if (count == 0) {
      throw new DataException("dataset.empty", name);
    }
    if (weights != null) {
      check(name, weights, count);
    }
    this.name = name;
    this.allInputs = allInputs;
    this.allTargets = allTargets;
    this.weights = weights;
  }

  /** One input, one target, all rows alike. */
  public Dataset(String name, Rows inputs, Targets targets) {
    this(name, Map.of("input", inputs), Map.of("output", targets), null);
  }

  private static void check(String name, float[] weights, int count) {
    if (weights.length != count) {
      throw new DataException("dataset.weights", name, count, weights.length);
    }
    double sum = 0;
    for (int row = 0; row < count; row++) {
      if (!(weights[row] >= 0 && weights[row] < Float.POSITIVE_INFINITY)) {
        throw new DataException("dataset.weight", name, row + 1, weights[row]);
      }
      sum += weights[row];
    }
    if (sum == 0) {
      throw new DataException("dataset.weightless", name);
    }
  }

  /** The first input. */
  public Rows inputs() {
    return allInputs.values().iterator().next();
  }

  /** The first target. */
  public Targets targets() {
    return allTargets.values().iterator().next();
  }

  /** The number of rows. */
  public int count() {
    return inputs().count();
  }

  /** The same rows, each counting as much as its weight says. */
  public Dataset weighted(float... rowWeights) {
    return new Dataset(name, allInputs, allTargets, rowWeights);
  }

  /** The same targets for other inputs. */
  public Dataset withInputs(Rows inputs) {
    return new Dataset(name, Map.of("input", inputs), allTargets, weights);
  }

  /** The same inputs with other targets. */
  public Dataset withTargets(Targets targets) {
    return new Dataset(name, allInputs, Map.of("output", targets), weights);
  }

  /** The rows with these numbers, in this order; a view. */
  public Dataset select(int[] rows) {
    Map<String, Rows> inputs = new LinkedHashMap<>();
    allInputs.forEach((key, value) -> inputs.put(key, value.select(rows)));
    Map<String, Targets> targets = new LinkedHashMap<>();
    allTargets.forEach((key, value) -> targets.put(key, value.select(rows)));
    float[] chosen = null;
    if (weights != null) {
      chosen = new float[rows.length];
      for (int i = 0; i < rows.length; i++) {
        chosen[i] = weights[rows[i]];
      }
    }
    return new Dataset(name, inputs, targets, chosen);
  }

  /** The training and the test part of a split. */
  public Dataset part(Parts parts, Parts.Side side) {
    return select(side == Parts.Side.TRAIN ? parts.train() : parts.test());
  }

  /** SHA-256 over inputs, targets and weights, for provenance. */
  public String hash() {
    StringBuilder all = new StringBuilder();
    allInputs.values().forEach(rows -> all.append(rows.hash()));
    allTargets.values().forEach(targets -> all.append(targets.hash()));
    if (weights != null) {
      all.append(Arrays.toString(weights));
    }
    return Hashes.of(all.toString());
  }
}

package io.millrace.data;

import io.millrace.data.augment.Augmentation;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Some rows in Java memory, on their way to tensors. */
public final class Batch {
  private final int[] rows;
  private final Map<String, Values> inputs = new LinkedHashMap<>();
  private final Map<String, Values> targets = new LinkedHashMap<>();
  private final float @Nullable [] weights;

  /** Numbers of one kind and their shape, the rows first. */
  private record Values(float @Nullable [] floats, long @Nullable [] longs, Shape shape) {
    Tensor tensor() {
      return floats != null
          ? Tensors.of(floats, shape.sizes())
          : Tensors.of(Objects.requireNonNull(longs), shape.sizes());
    }
  }

  private Batch(Dataset dataset, int[] rows) {
    this.rows = rows;
    dataset
        .allInputs()
        .forEach(
            (name, source) ->
                inputs.put(
                    name,
                    new Values(gather(source, rows), null, source.shape().withRows(rows.length))));
    dataset.allTargets().forEach((name, goal) -> targets.put(name, targets(goal, rows)));
    float[] all = dataset.weights();
    if (all == null) {
      weights = null;
    } else {
      weights = new float[rows.length];
      for (int i = 0; i < rows.length; i++) {
        weights[i] = all[rows[i]];
      }
    }
  }

  private static Values targets(Targets goal, int[] rows) {
    return switch (goal) {
      case Targets.Classes(int[] all, var classes) -> {
        long[] labels = new long[rows.length];
        for (int i = 0; i < rows.length; i++) {
          labels[i] = all[rows[i]];
        }
        yield new Values(null, labels, Shape.of(rows.length));
      }
      case Targets.Steps(int[] all, int length, var classes) -> {
        long[] labels = new long[rows.length * length];
        for (int i = 0; i < labels.length; i++) {
          labels[i] = all[rows[i / length] * length + i % length];
        }
        yield new Values(null, labels, Shape.of(rows.length, length));
      }
      case Targets.Numbers(Rows values, var names) ->
          new Values(gather(values, rows), null, Shape.of(rows.length, names.size()));
    };
  }

  /** Gathers these rows. */
  public static Batch of(Dataset dataset, int[] rows) {
    return new Batch(dataset, rows);
  }

  /**
   * Gathers these rows and changes their first input at random.
   *
   * @param draw what the random numbers are a function of, with the rows
   */
  public static Batch of(Dataset dataset, int[] rows, Augmentation augmentation, long draw) {
    Batch batch = new Batch(dataset, rows);
    if (!augmentation.isNone()) {
      Map.Entry<String, Values> first = batch.inputs.entrySet().iterator().next();
      float[] values = Objects.requireNonNull(first.getValue().floats());
      Map.Entry<String, Values> goal = batch.targets.entrySet().iterator().next();
      long[] labels = goal.getValue().longs();
      int classes = dataset.targets() instanceof Targets.Classes all ? all.classes().size() : 0;
      float[] mixed =
          augmentation.apply(
              values, dataset.inputs().shape(), rows, classes == 0 ? null : labels, classes, draw);
      if (mixed != null) {
        goal.setValue(new Values(mixed, null, Shape.of(rows.length, classes)));
      }
    }
    return batch;
  }

  /** The number of rows. */
  public int size() {
    return rows.length;
  }

  /** The rows' numbers in the data set. */
  public int[] rows() {
    return rows.clone();
  }

  /** The first input in the current scope: float32 [batch, …]. */
  public Tensor inputs() {
    return inputs.values().iterator().next().tensor();
  }

  /**
   * All inputs in the current scope, in this order of names.
   *
   * @param names of a network's inputs; a single one need not match
   * @throws DataException if the data has no input of a name
   */
  public List<Tensor> inputs(Iterable<String> names) {
    List<Tensor> all = new ArrayList<>();
    for (String name : names) {
      all.add(named("input", inputs, name).tensor());
    }
    return all;
  }

  /**
   * The first targets in the current scope: int64 [batch] classes (float32 [batch, classes] where
   * rows were mixed), int64 [batch, steps], or float32 [batch, numbers].
   */
  public Tensor targets() {
    return targets.values().iterator().next().tensor();
  }

  /** The targets of an output, in the current scope; a single one need not match. */
  public Tensor targets(String name) {
    return named("target", targets, name).tensor();
  }

  /** How much each row counts, float32 [batch] in the current scope; absent: all the same. */
  public @Nullable Tensor weights() {
    return weights == null ? null : Tensors.of(weights, weights.length);
  }

  private static Values named(String kind, Map<String, Values> all, String name) {
    Values found = all.size() == 1 ? all.values().iterator().next() : all.get(name);
    if (found == null) {
      throw new DataException("batch.name", kind, name, all.keySet());
    }
    return found;
  }

  private static float[] gather(Rows source, int[] rows) {
    int size = Math.toIntExact(source.shape().elements());
    float[] values = new float[Math.multiplyExact(size, rows.length)];
    for (int i = 0; i < rows.length; i++) {
      source.copy(rows[i], values, i * size);
    }
    return values;
  }

  @Override
  public String toString() {
    return "Batch" + Arrays.toString(rows);
  }
}

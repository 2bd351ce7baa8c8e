package io.millrace.data;

import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Some rows in Java memory, on their way to tensors. */
public final class Batch {
  private final int[] rows;
  private final float[] inputs;
  private final Shape inputShape;
  private final long @Nullable [] labels;
  private final float @Nullable [] numbers;
  private final @Nullable Shape numberShape;

  private Batch(Dataset dataset, int[] rows) {
    this.rows = rows;
    Rows source = dataset.inputs();
    this.inputShape = source.shape().withRows(rows.length);
    this.inputs = gather(source, rows);
    switch (dataset.targets()) {
      case Targets.Classes(int[] all, var classes) -> {
        labels = new long[rows.length];
        for (int i = 0; i < rows.length; i++) {
          labels[i] = all[rows[i]];
        }
        numbers = null;
        numberShape = null;
      }
      case Targets.Numbers(Rows values, var names) -> {
        labels = null;
        numbers = gather(values, rows);
        numberShape = Shape.of(rows.length, names.size());
      }
    }
  }

  /** Gathers these rows. */
  public static Batch of(Dataset dataset, int[] rows) {
    return new Batch(dataset, rows);
  }

  /** The number of rows. */
  public int size() {
    return rows.length;
  }

  /** The rows' numbers in the data set. */
  public int[] rows() {
    return rows.clone();
  }

  /** The inputs in the current scope: float32 [batch, …]. */
  public Tensor inputs() {
    return Tensors.of(inputs, inputShape.sizes());
  }

  /** The targets in the current scope: int64 [batch] classes, or float32 [batch, numbers]. */
  public Tensor targets() {
    return labels != null
        ? Tensors.of(labels, labels.length)
        : Tensors.of(
            java.util.Objects.requireNonNull(numbers),
            java.util.Objects.requireNonNull(numberShape).sizes());
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

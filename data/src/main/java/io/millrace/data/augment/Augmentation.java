package io.millrace.data.augment;

import io.millrace.data.DataException;
import io.millrace.tensor.Shape;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Random changes, one after the other.
 *
 * @param steps what is done, in order
 * @param seed with the epoch and the row, what the random numbers are a function of
 */
public record Augmentation(List<Augment> steps, long seed) {
  /** Pictures stay as they are. */
  public static final Augmentation NONE = new Augmentation(List.of(), 0);

  /** Copies the steps. */
  public Augmentation {
    steps = List.copyOf(steps);
  }

  /** Whether pictures stay as they are. */
  public boolean isNone() {
    return steps.isEmpty();
  }

  /**
   * Changes pictures in place.
   *
   * @param values pictures one after another
   * @param shape of one picture: [height, width] or [height, width, channels]
   * @param rows the pictures' numbers in the data set
   * @param labels their classes; absent where targets are no classes
   * @param classes how many
   * @param draw the epoch
   * @return the shares of classes [rows × classes] where pictures were mixed, else absent
   */
  public float @Nullable [] apply(
      float[] values, Shape shape, int[] rows, long @Nullable [] labels, int classes, long draw) {
    if (shape.rank() < 2 || shape.rank() > 3) {
      throw new DataException("augment.shape", shape);
    }
    int height = (int) shape.size(0);
    int width = (int) shape.size(1);
    int channels = shape.rank() == 3 ? (int) shape.size(2) : 1;
    int size = height * width * channels;
    float[] buffer = new float[size];
    Picture[] pictures = new Picture[rows.length];
    for (int i = 0; i < rows.length; i++) {
      pictures[i] = new Picture(values, i * size, height, width, channels, buffer);
    }
    float[] shares = null;
    for (int number = 0; number < steps.size(); number++) {
      switch (steps.get(number)) {
        case Augment.One one -> {
          for (int i = 0; i < rows.length; i++) {
            one.apply(pictures[i], random(draw, rows[i], number));
          }
        }
        case Augment.Two two -> {
          if (labels == null) {
            throw new DataException(
                "augment.classes",
                two.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT));
          }
          float[] before = shares == null ? oneHot(labels, classes) : shares;
          shares = mix(two, values.clone(), pictures, rows, before, classes, draw, number);
        }
      }
    }
    return shares;
  }

  /** Each picture with the next one of the batch, as it was before any was mixed. */
  private float[] mix(
      Augment.Two step,
      float[] before,
      Picture[] pictures,
      int[] rows,
      float[] shares,
      int classes,
      long draw,
      int number) {
    int size = before.length / rows.length;
    float[] mixed = new float[shares.length];
    for (int i = 0; i < rows.length; i++) {
      int next = (i + 1) % rows.length;
      Picture other =
          new Picture(
              before,
              next * size,
              pictures[i].height(),
              pictures[i].width(),
              size / pictures[i].height() / pictures[i].width(),
              before);
      float share = (float) step.mix(pictures[i], other, random(draw, rows[i], number));
      for (int c = 0; c < classes; c++) {
        mixed[i * classes + c] =
            share * shares[i * classes + c] + (1 - share) * shares[next * classes + c];
      }
    }
    return mixed;
  }

  private static float[] oneHot(long[] labels, int classes) {
    float[] shares = new float[labels.length * classes];
    for (int i = 0; i < labels.length; i++) {
      shares[i * classes + (int) labels[i]] = 1;
    }
    return shares;
  }

  private SplittableRandom random(long draw, int row, int step) {
    long mixed = seed;
    for (long part : new long[] {draw, row, step}) {
      mixed = (mixed ^ part) * 0x9E3779B97F4A7C15L;
      mixed ^= mixed >>> 32;
    }
    return new SplittableRandom(mixed);
  }
}

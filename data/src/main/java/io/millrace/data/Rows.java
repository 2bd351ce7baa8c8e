package io.millrace.data;

import io.millrace.ground.file.Hashes;
import io.millrace.tensor.Shape;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * Random access to rows of numbers of one shape: what a network reads. Implementations must be safe
 * to read from several threads.
 */
public interface Rows {
  /** The number of rows. */
  int count();

  /** The shape of one row. */
  Shape shape();

  /** Writes one row's numbers to {@code target} from {@code offset} on. */
  void copy(int row, float[] target, int offset);

  /**
   * Whether a row is a plain copy from memory, so that gathering ahead on another thread brings
   * nothing.
   */
  default boolean isInMemory() {
    return false;
  }

  /** SHA-256 over all rows, bit by bit. */
  default String hash() {
    MessageDigest digest = Hashes.digest();
    float[] row = new float[(int) shape().elements()];
    ByteBuffer bytes = ByteBuffer.allocate(row.length * Float.BYTES);
    for (int i = 0; i < count(); i++) {
      copy(i, row, 0);
      bytes.clear();
      bytes.asFloatBuffer().put(row);
      digest.update(bytes.array());
    }
    return Hashes.hex(digest.digest());
  }

  /** These rows with every number multiplied, then shifted; a view. */
  default Rows scaled(float scale, float shift) {
    return scale == 1 && shift == 0 ? this : new ScaledRows(this, scale, shift);
  }

  /** Some of these rows, in this order; a view. */
  default Rows select(int[] rows) {
    return new SelectedRows(this, rows);
  }

  /**
   * Rows of floats laid out one after another; the array is not copied.
   *
   * @throws DataException if the array does not hold whole rows
   */
  static Rows of(float[] values, Shape shape) {
    int size = Math.toIntExact(shape.elements());
    if (size == 0 || values.length % size != 0) {
      throw new DataException("rows.size", values.length, shape);
    }
    return new Rows() {
      @Override
      public int count() {
        return values.length / size;
      }

      @Override
      public Shape shape() {
        return shape;
      }

      @Override
      public boolean isInMemory() {
        return true;
      }

      @Override
      public void copy(int row, float[] target, int offset) {
        System.arraycopy(values, row * size, target, offset, size);
      }
    };
  }

  /** Rows of unsigned bytes (0 to 255) laid out one after another; the array is not copied. */
  static Rows ofBytes(byte[] values, Shape shape) {
    return new ByteRows(values, shape, 1, 0);
  }
}

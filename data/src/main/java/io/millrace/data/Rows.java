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

  /** Some of these rows, in this order; a view. */
  default Rows select(int[] rows) {
    Rows all = this;
    return new Rows() {
      @Override
      public int count() {
        return rows.length;
      }

      @Override
      public Shape shape() {
        return all.shape();
      }

      @Override
      public void copy(int row, float[] target, int offset) {
        all.copy(rows[row], target, offset);
      }
    };
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
      public void copy(int row, float[] target, int offset) {
        System.arraycopy(values, row * size, target, offset, size);
      }
    };
  }

  /**
   * Rows of unsigned bytes laid out one after another, each becoming {@code value·scale + shift};
   * the array is not copied.
   */
  static Rows ofBytes(byte[] values, Shape shape, float scale, float shift) {
    int size = Math.toIntExact(shape.elements());
    if (size == 0 || values.length % size != 0) {
      throw new DataException("rows.size", values.length, shape);
    }
    float[] table = new float[256];
    for (int i = 0; i < 256; i++) {
      table[i] = i * scale + shift;
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
      public void copy(int row, float[] target, int offset) {
        int from = row * size;
        for (int i = 0; i < size; i++) {
          target[offset + i] = table[values[from + i] & 0xff];
        }
      }
    };
  }
}

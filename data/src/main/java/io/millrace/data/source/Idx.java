package io.millrace.data.source;

import io.millrace.data.DataException;
import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.ground.file.FileException;
import io.millrace.tensor.Shape;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/**
 * IDX files, the format of MNIST (LeCun's page): a magic number, sizes, then unsigned bytes. Gzip
 * is recognised by its first bytes.
 */
public final class Idx {
  private static final long LARGEST = 2_000_000_000;

  private Idx() {}

  /**
   * A part of a folder laid out as MNIST is: {@code part-images-idx3-ubyte.gz} and {@code
   * part-labels-idx1-ubyte.gz}.
   *
   * @param part {@code train} or {@code t10k}
   */
  public static Dataset read(Path folder, String part) {
    return read(
        folder.resolve(part + "-images-idx3-ubyte.gz"),
        folder.resolve(part + "-labels-idx1-ubyte.gz"));
  }

  /** Reads images and labels; pixels stay 0 to 255. */
  public static Dataset read(Path images, Path labels) {
    return dataset(images.getFileName().toString(), content(images), content(labels));
  }

  /** The bytes of one IDX file of unsigned bytes, with their shape. */
  public record Content(String source, Shape shape, byte[] values) {}

  static Dataset dataset(String name, InputStream images, InputStream labels) throws IOException {
    return dataset(name, parse(name, images), parse(name + " labels", labels));
  }

  private static Dataset dataset(String name, Content images, Content labels) {
    if (labels.shape().rank() != 1 || images.shape().rank() < 2) {
      throw new DataException("idx.rank", images.source(), images.shape(), labels.shape());
    }
    if (images.shape().size(0) != labels.shape().size(0)) {
      throw new DataException(
          "idx.count", images.source(), images.shape().size(0), labels.shape().size(0));
    }
    int[] classes = new int[labels.values().length];
    int largest = 0;
    for (int i = 0; i < classes.length; i++) {
      classes[i] = labels.values()[i] & 0xff;
      largest = Math.max(largest, classes[i]);
    }
    List<String> names =
        IntStream.rangeClosed(0, Math.max(1, largest)).mapToObj(Integer::toString).toList();
    Rows rows = Rows.ofBytes(images.values(), images.shape().row());
    return new Dataset(name, rows, new Targets.Classes(classes, names));
  }

  /** Reads one file. */
  public static Content content(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return parse(file.toString(), in);
    } catch (java.util.zip.ZipException | EOFException e) {
      throw new DataException("idx.read", file, String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  private static Content parse(String source, InputStream raw) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(raw, 1 << 16);
    buffered.mark(2);
    boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
    buffered.reset();
    DataInputStream in =
        new DataInputStream(gzip ? new GZIPInputStream(buffered, 1 << 16) : buffered);
    try {
      int magic = in.readInt();
      int rank = magic & 0xff;
      if (magic >>> 8 != 0x08 || rank < 1 || rank > 4) {
        throw new DataException("idx.magic", source, Integer.toHexString(magic));
      }
      long[] sizes = new long[rank];
      long total = 1;
      for (int i = 0; i < rank; i++) {
        sizes[i] = Integer.toUnsignedLong(in.readInt());
        total = sizes[i] == 0 || total > LARGEST / sizes[i] ? -1 : total * sizes[i];
        if (total < 0) {
          throw new DataException("idx.sizes", source, Arrays.toString(sizes));
        }
      }
      // Grows as data arrives, so that a lying header cannot make us allocate what is not there.
      byte[] values = in.readNBytes((int) total);
      if (values.length != total) {
        throw new DataException("idx.truncated", source, total, values.length);
      }
      if (in.read() >= 0) {
        throw new DataException("idx.surplus", source, total);
      }
      return new Content(source, Shape.of(sizes), values);
    } catch (EOFException e) {
      throw new DataException("idx.short", source);
    }
  }
}

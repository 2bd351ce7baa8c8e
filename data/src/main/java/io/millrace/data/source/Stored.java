package io.millrace.data.source;

import io.millrace.data.DataException;
import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.json.Json;
import io.millrace.tensor.DType;
import io.millrace.tensor.Shape;
import io.millrace.tensor.safetensors.Entry;
import io.millrace.tensor.safetensors.SafetensorsFile;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A data set in one safetensors file that is mapped, not read: it may be larger than memory, and
 * rows still come in any order. {@code inputs} is F32 or U8 [rows, …]; the targets are {@code
 * labels}, I64 [rows], with the classes' names as a JSON list in the metadata under {@code
 * classes}, or {@code numbers}, F32 [rows, numbers], with {@code names}. Any tool that writes
 * safetensors can make one.
 */
public final class Stored implements AutoCloseable {
  private static final String INPUTS = "inputs";
  private static final String LABELS = "labels";
  private static final String NUMBERS = "numbers";

  private final SafetensorsFile file;
  private final Dataset dataset;

  private Stored(SafetensorsFile file, Dataset dataset) {
    this.file = file;
    this.dataset = dataset;
  }

  /**
   * Maps a file.
   *
   * @throws DataException if it is not laid out as described
   */
  public static Stored open(Path path) {
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      if (!file.names().contains(INPUTS)) {
        throw new DataException("stored.layout", path, file.names());
      }
      Rows inputs = rows(path, file, INPUTS);
      Targets targets;
      if (file.names().contains(LABELS)) {
        targets = new Targets.Classes(labels(file), names(path, file, "classes"));
      } else if (file.names().contains(NUMBERS)) {
        targets = new Targets.Numbers(rows(path, file, NUMBERS), names(path, file, "names"));
      } else {
        throw new DataException("stored.layout", path, file.names());
      }
      return new Stored(file, new Dataset(path.toString(), inputs, targets));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** The rows; they can be used until this is closed. */
  public Dataset dataset() {
    return dataset;
  }

  private static List<String> names(Path path, SafetensorsFile file, String key) {
    String text = file.metadata().get(key);
    if (text == null) {
      throw new DataException("stored.names", path, key);
    }
    List<String> names = new ArrayList<>();
    Json.read(text, path + ": " + key).forEach(name -> names.add(name.asString()));
    return names;
  }

  private static int[] labels(SafetensorsFile file) {
    MemorySegment bytes = file.bytes(LABELS);
    int[] labels = new int[Math.toIntExact(bytes.byteSize() / Long.BYTES)];
    for (int row = 0; row < labels.length; row++) {
      labels[row] = (int) bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) row * Long.BYTES);
    }
    return labels;
  }

  private static Rows rows(Path path, SafetensorsFile file, String name) {
    Entry entry = file.entry(name);
    boolean bytes = entry.dtype() == DType.UINT8;
    if ((!bytes && entry.dtype() != DType.FLOAT32) || entry.shape().rank() < 1) {
      throw new DataException("stored.type", path, name, entry.dtype(), entry.shape());
    }
    return new Mapped(
        file.bytes(name), Math.toIntExact(entry.shape().size(0)), entry.shape().row(), bytes);
  }

  /** Rows in mapped memory. */
  private record Mapped(MemorySegment memory, int count, Shape shape, boolean bytes)
      implements Rows {
    @Override
    public void copy(int row, float[] target, int offset) {
      int size = (int) shape.elements();
      long from = (long) row * size;
      if (!bytes) {
        MemorySegment.copy(
            memory, ValueLayout.JAVA_FLOAT_UNALIGNED, from * Float.BYTES, target, offset, size);
        return;
      }
      for (int i = 0; i < size; i++) {
        target[offset + i] = memory.get(ValueLayout.JAVA_BYTE, from + i) & 0xff;
      }
    }
  }

  /** Writes a data set row by row; it need not fit into memory. */
  public static void write(Path path, Dataset dataset) {
    Rows inputs = dataset.inputs();
    boolean classes = dataset.targets() instanceof Targets.Classes;
    var root = Json.object();
    long rows = dataset.count();
    long inputBytes = rows * inputs.shape().elements() * Float.BYTES;
    long targetBytes;
    if (dataset.targets() instanceof Targets.Classes(var labels, var names)) {
      root.putObject("__metadata__").put("classes", Json.text(names));
      targetBytes = rows * Long.BYTES;
      put(root.putObject(LABELS), "I64", new long[] {rows}, 0, targetBytes);
    } else if (dataset.targets() instanceof Targets.Numbers(var values, var names)) {
      root.putObject("__metadata__").put("names", Json.text(names));
      targetBytes = rows * names.size() * Float.BYTES;
      put(root.putObject(NUMBERS), "F32", new long[] {rows, names.size()}, 0, targetBytes);
    } else {
      throw new DataException("stored.steps");
    }
    long[] shape = inputs.shape().withRows(rows).sizes();
    put(root.putObject(INPUTS), "F32", shape, targetBytes, targetBytes + inputBytes);
    String json = Json.text(root);
    int length = json.getBytes(StandardCharsets.UTF_8).length;
    byte[] header = (json + " ".repeat((8 - length % 8) % 8)).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(
        path,
        out -> {
          out.write(little(8).putLong(header.length).array());
          out.write(header);
          if (classes) {
            for (int label : ((Targets.Classes) dataset.targets()).labels()) {
              out.write(little(8).putLong(label).array());
            }
          } else {
            write(((Targets.Numbers) dataset.targets()).values(), out);
          }
          write(inputs, out);
        });
  }

  private static void put(
      tools.jackson.databind.node.ObjectNode node, String type, long[] shape, long from, long to) {
    node.put("dtype", type);
    var sizes = node.putArray("shape");
    for (long size : shape) {
      sizes.add(size);
    }
    node.putArray("data_offsets").add(from).add(to);
  }

  private static void write(Rows rows, OutputStream out) throws java.io.IOException {
    float[] row = new float[(int) rows.shape().elements()];
    ByteBuffer bytes = little(row.length * Float.BYTES);
    for (int i = 0; i < rows.count(); i++) {
      rows.copy(i, row, 0);
      bytes.clear();
      bytes.asFloatBuffer().put(row);
      out.write(bytes.array());
    }
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    file.close();
  }
}

package io.millrace.tensor.safetensors;

import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.json.Json;
import io.millrace.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes safetensors files that the reference implementation reads; each replaces its file
 * atomically.
 */
public final class SafetensorsWriter {
  private SafetensorsWriter() {}

  /**
   * Writes tensors and free text to a file. Larger element types come first, then names in order,
   * as the reference does, so that every tensor is aligned.
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    List<Map.Entry<String, Tensor>> ordered = new ArrayList<>(new TreeMap<>(tensors).entrySet());
    ordered.sort(Comparator.comparingInt(entry -> -entry.getValue().dtype().bytes()));
    byte[] header = header(ordered, metadata);
    AtomicFile.write(
        file,
        out -> {
          out.write(
              ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
          out.write(header);
          for (Map.Entry<String, Tensor> entry : ordered) {
            writeBytes(entry.getValue(), out);
          }
        });
  }

  private static byte[] header(
      List<Map.Entry<String, Tensor>> ordered, Map<String, String> metadata) {
    ObjectNode root = Json.object();
    if (!metadata.isEmpty()) {
      ObjectNode texts = root.putObject("__metadata__");
      new TreeMap<>(metadata).forEach(texts::put);
    }
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : ordered) {
      Tensor tensor = entry.getValue();
      if (entry.getKey().equals("__metadata__")) {
        throw new SafetensorsException("name.reserved");
      }
      ObjectNode node = root.putObject(entry.getKey());
      node.put("dtype", tensor.dtype().code());
      ArrayNode shape = node.putArray("shape");
      for (long size : tensor.shape().sizes()) {
        shape.add(size);
      }
      long bytes = tensor.elements() * tensor.dtype().bytes();
      node.putArray("data_offsets").add(offset).add(offset + bytes);
      offset += bytes;
    }
    String json = Json.text(root);
    int length = json.getBytes(StandardCharsets.UTF_8).length;
    return (json + " ".repeat((8 - length % 8) % 8)).getBytes(StandardCharsets.UTF_8);
  }

  private static void writeBytes(Tensor tensor, OutputStream out) throws IOException {
    long bytes = tensor.elements() * tensor.dtype().bytes();
    if (bytes == 0) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(bytes, 16);
      tensor.copyTo(segment);
      byte[] buffer = new byte[(int) Math.min(bytes, 1 << 20)];
      for (long at = 0; at < bytes; at += buffer.length) {
        int part = (int) Math.min(buffer.length, bytes - at);
        MemorySegment.copy(segment, at, MemorySegment.ofArray(buffer), 0, part);
        out.write(buffer, 0, part);
      }
    }
  }
}

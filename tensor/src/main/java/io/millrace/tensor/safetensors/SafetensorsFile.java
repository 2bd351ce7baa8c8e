package io.millrace.tensor.safetensors;

import io.millrace.ground.file.FileException;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;

/**
 * An open safetensors file, memory-mapped (files over 2 GiB too). Nothing of the data is read
 * before a tensor is asked for.
 *
 * <pre>{@code
 * try (Scope scope = Scope.open(); var file = SafetensorsFile.open(Path.of("model.safetensors"))) {
 *   Tensor weight = file.tensor("0.weight");
 * }
 * }</pre>
 */
public final class SafetensorsFile implements AutoCloseable {
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final long PAGES = 1 << 20;

  private final Path path;
  private final Arena arena;
  private final MemorySegment data;
  private final Header header;

  private SafetensorsFile(Path path, Arena arena, MemorySegment data, Header header) {
    this.path = path;
    this.arena = arena;
    this.data = data;
    this.header = header;
  }

  /**
   * Maps a file and checks its header.
   *
   * @throws FileException if it cannot be read
   * @throws SafetensorsException if it is truncated, no safetensors file, or lies about its content
   */
  public static SafetensorsFile open(Path path) {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < 8) {
        throw new SafetensorsException("short", path, size);
      }
      MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      long length = all.get(LENGTH, 0);
      if (length < 2 || length > Header.LARGEST || length > size - 8) {
        throw new SafetensorsException("header.length", path, Long.toUnsignedString(length), size);
      }
      byte[] json = all.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
      MemorySegment data = all.asSlice(8 + length);
      Header header = Header.parse(path.toString(), json, data.byteSize());
      return new SafetensorsFile(path, arena, data, header);
    } catch (IOException e) {
      arena.close();
      throw FileException.reading(path, e);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** The tensors' names, in the header's order. */
  public Set<String> names() {
    return header.entries().keySet();
  }

  /** The free text that travels with the file. */
  public Map<String, String> metadata() {
    return Map.copyOf(header.metadata());
  }

  /**
   * What the file says about a tensor.
   *
   * @throws SafetensorsException if it holds none of this name
   */
  public Entry entry(String name) {
    Entry entry = header.entries().get(name);
    if (entry == null) {
      throw new SafetensorsException("absent", path, name);
    }
    return entry;
  }

  /** A tensor's bytes in the mapped file: little-endian, row by row, read-only. */
  public MemorySegment bytes(String name) {
    Entry entry = entry(name);
    return data.asSlice(entry.begin(), entry.end() - entry.begin());
  }

  /** A copy of a tensor in the current scope. */
  public Tensor tensor(String name) {
    Entry entry = entry(name);
    return Tensors.of(bytes(name), entry.dtype(), entry.shape());
  }

  /**
   * Copies a tensor's elements into one of the same size and type, and lets the file's pages go, so
   * that large weights are in memory once.
   */
  public void read(String name, Tensor target) {
    MemorySegment bytes = bytes(name);
    target.setInPlace(bytes);
    if (bytes.byteSize() >= PAGES) {
      bytes.unload();
    }
  }

  /** Unmaps the file; tensors taken from it live on. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}

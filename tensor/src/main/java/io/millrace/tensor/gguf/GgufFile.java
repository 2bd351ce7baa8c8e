package io.millrace.tensor.gguf;

import io.millrace.ground.file.FileException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.safetensors.Entry;
import io.millrace.tensor.safetensors.StoredTensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An open GGUF file, memory-mapped. Tensors are float32, whatever they are stored in; nothing of
 * them is read before one is asked for.
 *
 * <pre>{@code
 * try (Scope scope = Scope.open(); var file = GgufFile.open(Path.of("model-q4_k_m.gguf"))) {
 *   String family = file.text("general.architecture");
 *   Tensor weight = file.tensor("blk.0.ffn_up.weight");
 * }
 * }</pre>
 */
public final class GgufFile implements StoredTensors {
  /** Floats that are worked out at a time. */
  private static final int PIECE = 1 << 18;

  private final Path path;
  private final Arena arena;
  private final MemorySegment all;
  private final GgufHeader header;

  private GgufFile(Path path, Arena arena, MemorySegment all, GgufHeader header) {
    this.path = path;
    this.arena = arena;
    this.all = all;
    this.header = header;
  }

  /**
   * Maps a file and checks its header.
   *
   * @throws FileException if it cannot be read
   * @throws GgufException if it is truncated, no GGUF file, or lies about its content
   */
  public static GgufFile open(Path path) {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return new GgufFile(path, arena, all, GgufHeader.read(path.toString(), all));
    } catch (IOException e) {
      arena.close();
      throw FileException.reading(path, e);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** What the file says of its model, in its order: numbers, texts, truth values, lists. */
  public Map<String, Object> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /**
   * A text that it says.
   *
   * @throws GgufException if it says none under this key
   */
  public String text(String key) {
    if (header.metadata().get(key) instanceof String text) {
      return text;
    }
    throw new GgufException("key", path, key, "text");
  }

  /** A number that it says, or another where it says none. */
  public @Nullable Number number(String key) {
    return header.metadata().get(key) instanceof Number number ? number : null;
  }

  /** A list that it says; empty where it says none. */
  public List<?> list(String key) {
    return header.metadata().get(key) instanceof List<?> list ? list : List.of();
  }

  @Override
  public Set<String> names() {
    return header.tensors().keySet();
  }

  private GgufHeader.Stored stored(String name) {
    GgufHeader.Stored stored = header.tensors().get(name);
    if (stored == null) {
      throw new GgufException("absent", path, name);
    }
    return stored;
  }

  @Override
  public Entry entry(String name) {
    GgufHeader.Stored stored = stored(name);
    return new Entry(name, DType.FLOAT32, Shape.of(stored.shape()), 0, 4 * stored.elements());
  }

  /** The name of the type that a tensor is stored in, for example {@code Q4_K}. */
  public String type(String name) {
    return stored(name).type().name();
  }

  @Override
  public Tensor tensor(String name) {
    Tensor room = Tensors.room(DType.FLOAT32, stored(name).shape());
    read(name, room);
    return room;
  }

  @Override
  public void read(String name, Tensor target) {
    GgufHeader.Stored stored = stored(name);
    long elements = stored.elements();
    Tensor flat = target.reshape(elements);
    Quantised type = stored.type();
    float[] floats = new float[(int) Math.min(PIECE, elements)];
    for (long from = 0; from < elements; from += floats.length) {
      int count = (int) Math.min(floats.length, elements - from);
      long at = stored.at() + from / type.elements() * type.bytes();
      for (int i = 0; i < count; i += type.elements()) {
        type.read(all, at, floats, i);
        at += type.bytes();
      }
      float[] some = count == floats.length ? floats : Arrays.copyOf(floats, count);
      flat.narrow(0, from, count).setInPlace(MemorySegment.ofArray(some));
    }
  }

  /** The bytes of a tensor as they are stored. */
  public byte[] bytes(String name) {
    GgufHeader.Stored stored = stored(name);
    return all.asSlice(stored.at(), stored.bytes()).toArray(ValueLayout.JAVA_BYTE);
  }

  /** The names of tensors with their shapes, for whoever looks. */
  public Map<String, Shape> shapes() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    header.tensors().forEach((name, one) -> shapes.put(name, Shape.of(one.shape())));
    return shapes;
  }

  @Override
  public void close() {
    arena.close();
  }
}

package io.millrace.tensor.safetensors;

import io.millrace.ground.json.Json;
import io.millrace.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A folder's weights, whether in one {@code model.safetensors} or in shards listed by {@code
 * model.safetensors.index.json}, the layout of Hugging Face.
 */
public final class ShardedSafetensors implements StoredTensors {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Map<String, SafetensorsFile> fileOf;
  private final List<SafetensorsFile> files;

  private ShardedSafetensors(Map<String, SafetensorsFile> fileOf, List<SafetensorsFile> files) {
    this.fileOf = fileOf;
    this.files = files;
  }

  /**
   * Opens a folder's weights; the index wins where both are there.
   *
   * @throws SafetensorsException if the index names a path outside the folder, or a tensor that its
   *     shard lacks
   */
  public static ShardedSafetensors open(Path folder) {
    Path index = folder.resolve(INDEX);
    Map<String, SafetensorsFile> fileOf = new LinkedHashMap<>();
    Map<String, SafetensorsFile> opened = new LinkedHashMap<>();
    try {
      if (!Files.exists(index)) {
        SafetensorsFile only = SafetensorsFile.open(folder.resolve(SINGLE));
        opened.put(SINGLE, only);
        only.names().forEach(name -> fileOf.put(name, only));
      } else {
        JsonNode map = Json.read(index).path("weight_map");
        if (!map.isObject()) {
          throw new SafetensorsException("index.map", index);
        }
        for (Map.Entry<String, JsonNode> field : map.properties()) {
          String shard = field.getValue().asString("");
          if (!shard.matches("[A-Za-z0-9_][A-Za-z0-9._-]*\\.safetensors")) {
            throw new SafetensorsException("index.path", index, shard);
          }
          SafetensorsFile file =
              opened.computeIfAbsent(shard, one -> SafetensorsFile.open(folder.resolve(one)));
          file.entry(field.getKey());
          fileOf.put(field.getKey(), file);
        }
      }
      return new ShardedSafetensors(fileOf, List.copyOf(opened.values()));
    } catch (RuntimeException e) {
      opened.values().forEach(SafetensorsFile::close);
      throw e;
    }
  }

  /**
   * Writes tensors to a folder in shards of at most {@code largest} bytes each (one tensor alone
   * may be larger), with the index; one plain file where they fit.
   */
  public static void write(
      Path folder, Map<String, Tensor> tensors, Map<String, String> metadata, long largest) {
    List<Map<String, Tensor>> shards = new ArrayList<>();
    long room = 0;
    long total = 0;
    for (Map.Entry<String, Tensor> entry : new TreeMap<>(tensors).entrySet()) {
      long bytes = entry.getValue().elements() * entry.getValue().dtype().bytes();
      if (shards.isEmpty() || bytes > room) {
        shards.add(new LinkedHashMap<>());
        room = largest;
      }
      shards.getLast().put(entry.getKey(), entry.getValue());
      room -= bytes;
      total += bytes;
    }
    if (shards.size() <= 1) {
      SafetensorsWriter.write(folder.resolve(SINGLE), tensors, metadata);
      return;
    }
    ObjectNode index = Json.object();
    index.putObject("metadata").put("total_size", total);
    ObjectNode map = index.putObject("weight_map");
    for (int i = 0; i < shards.size(); i++) {
      String name = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      SafetensorsWriter.write(folder.resolve(name), shards.get(i), metadata);
      shards.get(i).keySet().forEach(tensor -> map.put(tensor, name));
    }
    Json.write(folder.resolve(INDEX), index);
  }

  @Override
  public Set<String> names() {
    return fileOf.keySet();
  }

  @Override
  public Entry entry(String name) {
    return file(name).entry(name);
  }

  @Override
  public Tensor tensor(String name) {
    return file(name).tensor(name);
  }

  @Override
  public void read(String name, Tensor target) {
    file(name).read(name, target);
  }

  private SafetensorsFile file(String name) {
    SafetensorsFile file = fileOf.get(name);
    if (file == null) {
      throw new SafetensorsException("absent", "weights", name);
    }
    return file;
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}

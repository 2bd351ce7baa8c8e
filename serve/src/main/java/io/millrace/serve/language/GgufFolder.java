package io.millrace.serve.language;

import io.millrace.data.tokenizer.GgufTokenizer;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import io.millrace.model.folder.GgufConfig;
import io.millrace.tensor.Shape;
import io.millrace.tensor.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * GGUF files as Hugging Face folders: configuration, tokenizer and chat template are unpacked into
 * Millrace's cache, weights stay where they are and are read from there.
 */
public final class GgufFolder {
  private GgufFolder() {}

  /** Whether this is a GGUF file, or a folder with one and no configuration. */
  public static boolean fits(Path path) {
    return file(path) != null;
  }

  private static @Nullable Path file(Path path) {
    if (Files.isRegularFile(path)) {
      return path.toString().endsWith(".gguf") ? path : null;
    }
    if (!Files.isDirectory(path) || Files.exists(path.resolve("config.json"))) {
      return null;
    }
    try (Stream<Path> files = Files.list(path)) {
      List<Path> all = files.filter(one -> one.toString().endsWith(".gguf")).toList();
      return all.size() == 1 ? all.getFirst() : null;
    } catch (IOException e) {
      throw FileException.reading(path, e);
    }
  }

  /**
   * The folder to open for a path: the path itself, or what its GGUF file was unpacked to.
   *
   * @throws io.millrace.ground.message.Problem if the file cannot be read, or holds a model or a
   *     tokenizer of a kind that is not known
   */
  public static Path of(Path path) {
    Path file = file(path);
    if (file == null) {
      return path;
    }
    try {
      long changed = Files.getLastModifiedTime(file).toMillis();
      String name = file.getFileName().toString().replaceAll("[^A-Za-z0-9._-]", "_");
      String mark = Long.toHexString(Files.size(file)) + "-" + Long.toHexString(changed);
      String place = Integer.toHexString(file.toAbsolutePath().toString().hashCode());
      Path folder = cache().resolve(name + "-" + mark + "-" + place);
      if (!Files.exists(folder.resolve("config.json"))) {
        Files.createDirectories(folder.getParent());
        Path fresh = Files.createTempDirectory(folder.getParent(), "unpacking");
        unpack(file, fresh);
        move(fresh, folder);
      }
      return folder;
    } catch (IOException e) {
      throw FileException.writing(cache(), e);
    }
  }

  /** The shapes of a GGUF file's tensors; nothing of them is read. */
  public static Map<String, Shape> shapes(Path path) {
    try (GgufFile file = GgufFile.open(java.util.Objects.requireNonNull(file(path)))) {
      return file.shapes();
    }
  }

  private static void move(Path fresh, Path folder) throws IOException {
    try {
      Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (!Files.exists(folder.resolve("config.json"))) {
        throw e;
      }
      // Another process was quicker and unpacked the same.
      try (Stream<Path> files = Files.list(fresh)) {
        for (Path one : files.toList()) {
          Files.delete(one);
        }
      }
      Files.delete(fresh);
    }
  }

  private static Path cache() {
    String set = System.getProperty("millrace.cache");
    return set != null
        ? Path.of(set, "gguf")
        : Path.of(System.getProperty("java.io.tmpdir"), "millrace-gguf-" + user());
  }

  private static String user() {
    return System.getProperty("user.name", "any").replaceAll("[^A-Za-z0-9]", "_");
  }

  private static void unpack(Path path, Path folder) {
    try (GgufFile file = GgufFile.open(path)) {
      Map<String, Object> said = file.metadata();
      ObjectNode tokenizer = GgufTokenizer.json(said, path);
      if (tokenizer != null) {
        Json.write(folder.resolve("tokenizer.json"), tokenizer);
      }
      ObjectNode settings = Json.object();
      for (String role : List.of("bos", "eos", "padding", "unknown")) {
        String token = token(file, "tokenizer.ggml." + role + "_token_id");
        String name = role.equals("padding") ? "pad" : role.equals("unknown") ? "unk" : role;
        if (token != null) {
          settings.put(name + "_token", token);
        }
      }
      if (said.get("tokenizer.chat_template") instanceof String template) {
        settings.put("chat_template", template);
      }
      Json.write(folder.resolve("tokenizer_config.json"), settings);
      GgufConfig.write(file, path, folder);
    }
  }

  private static @Nullable String token(GgufFile file, String key) {
    Number id = file.number(key);
    List<?> tokens = file.list("tokenizer.ggml.tokens");
    if (id == null || id.intValue() < 0 || id.intValue() >= tokens.size()) {
      return null;
    }
    return String.valueOf(tokens.get(id.intValue()));
  }
}

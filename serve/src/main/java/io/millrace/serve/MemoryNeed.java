package io.millrace.serve;

import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import io.millrace.model.folder.Adapter;
import io.millrace.serve.language.GgufFolder;
import io.millrace.serve.language.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * How much memory a deployment will hold, judged by its files before anything is read: weights,
 * room for keys and values, and the worker itself.
 */
public final class MemoryNeed {
  /** A JVM with libtorch and nothing loaded. */
  private static final long WORKER = 400L << 20;

  private static final long MOST_CACHE = 2L << 30;

  private MemoryNeed() {}

  /** Bytes for a folder with its adapters, which become float32. */
  public static long of(Path path, LanguageDeployment.Options options) {
    long adapters =
        options.adapters().values().stream()
            .map(Adapter::in)
            .filter(Files::isDirectory)
            .mapToLong(folder -> 2 * weights(folder))
            .sum();
    return of(path, options.precision()) + adapters;
  }

  /** Bytes for a folder served in a precision. */
  public static long of(Path path, Precision precision) {
    Path folder = GgufFolder.of(path);
    long stored = GgufFolder.fits(path) ? floats(path) : weights(folder);
    Path file = folder.resolve("config.json");
    if (!Files.exists(file)) {
      return WORKER + stored;
    }
    JsonNode config = Json.read(file);
    JsonNode text = config.has("text_config") ? config.path("text_config") : config;
    String type = config.path("dtype").asString(config.path("torch_dtype").asString("float32"));
    boolean wide = type.equals("float32");
    long half = wide ? stored / 2 : stored;
    long held =
        switch (precision) {
          case AS_STORED -> stored;
          case BF16 -> half;
          case INT8 -> half + half / 2; // prompts are read by the halves
          case INT4 -> half + half / 3; // five bits of sixteen, and the head in eight
        };
    return WORKER + held + cache(text, wide && precision == Precision.AS_STORED ? 4 : 2);
  }

  /** What a GGUF file's tensors take as the float32 that they stand for. */
  private static long floats(Path path) {
    long[] sum = {0};
    GgufFolder.shapes(path).forEach((name, shape) -> sum[0] += 4 * shape.elements());
    return sum[0];
  }

  private static long weights(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      long sum = 0;
      for (Path file : files.toList()) {
        if (file.getFileName().toString().matches(".*\\.(safetensors|bin|pt)")) {
          sum += Files.size(file);
        }
      }
      return sum;
    } catch (IOException e) {
      throw FileException.reading(folder, e);
    }
  }

  /** Keys and values of 16 full contexts, within what an engine takes. */
  private static long cache(JsonNode config, int bytes) {
    long layers = first(config, "num_hidden_layers", "n_layer");
    long heads = first(config, "num_attention_heads", "n_head");
    long kept = Math.max(1, first(config, "num_key_value_heads", "num_attention_heads", "n_head"));
    long hidden = first(config, "hidden_size", "n_embd");
    long each = first(config, "head_dim");
    each = each > 0 ? each : heads > 0 ? hidden / heads : 0;
    long context = first(config, "max_position_embeddings", "n_positions");
    return Math.min(MOST_CACHE, 16 * context * layers * 2 * kept * each * bytes);
  }

  private static long first(JsonNode config, String... keys) {
    for (String key : keys) {
      if (config.path(key).isIntegralNumber()) {
        return config.path(key).asLong();
      }
    }
    return 0;
  }
}

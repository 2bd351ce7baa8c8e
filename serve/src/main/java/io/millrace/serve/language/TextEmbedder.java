package io.millrace.serve.language;

import io.millrace.data.tokenizer.Encoding;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.ground.json.Json;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.architecture.Pooling;
import io.millrace.model.folder.Pretrained;
import io.millrace.serve.ServeException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Texts as vectors that lie close together where meanings do, from a folder in the layout of
 * sentence-transformers or of a plain model.
 *
 * <pre>{@code
 * try (TextEmbedder embedder = TextEmbedder.open(Path.of("all-MiniLM-L6-v2"))) {
 *   List<float[]> vectors = embedder.embed(List.of("梯度下降", "gradient descent"));
 * }
 * }</pre>
 */
public final class TextEmbedder implements AutoCloseable {
  /** Tokens of a batch, padding included: enough to keep the processor busy. */
  private static final int BATCH_TOKENS = 4096;

  private final Pretrained model;
  private final Tokenizer tokenizer;
  private final Pooling pooling;
  private final boolean unit;
  private final int longest;

  private TextEmbedder(
      Pretrained model, Tokenizer tokenizer, Pooling pooling, boolean unit, int longest) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.pooling = pooling;
    this.unit = unit;
    this.longest = longest;
  }

  /** Opens a folder as its own files describe it; without them the mean of the tokens. */
  public static TextEmbedder open(Path folder) {
    return open(folder, null, null);
  }

  /**
   * Opens a folder.
   *
   * @param pooling absent: as the folder says
   * @param dtype what weights become; absent: as stored
   * @throws ServeException if the folder asks for steps that are not known
   */
  public static TextEmbedder open(Path folder, @Nullable Pooling pooling, @Nullable DType dtype) {
    Pooling own = Pooling.MEAN;
    boolean unit = false;
    Path modules = folder.resolve("modules.json");
    if (Files.isRegularFile(modules)) {
      for (JsonNode module : Json.read(modules)) {
        String type = module.path("type").asString("").replaceFirst(".*\\.", "");
        switch (type) {
          case "Transformer" -> {}
          case "Pooling" -> own = pooling(folder.resolve(path(module)).resolve("config.json"));
          case "Normalize" -> unit = true;
          default -> throw ServeException.wrong("embed.module", modules, type);
        }
      }
    }
    JsonNode limits =
        Files.isRegularFile(folder.resolve("sentence_bert_config.json"))
            ? Json.read(folder.resolve("sentence_bert_config.json"))
            : Json.object();
    Pretrained model = Pretrained.open(folder, dtype);
    try {
      int context = model.config().path("max_position_embeddings").asInt(Integer.MAX_VALUE);
      int longest = Math.min(limits.path("max_seq_length").asInt(context), context);
      return new TextEmbedder(
          model, Tokenizer.open(folder), pooling == null ? own : pooling, unit, longest);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static String path(JsonNode module) {
    String path = module.path("path").asString("");
    if (!path.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*")) {
      throw ServeException.wrong("embed.module", "modules.json", path);
    }
    return path;
  }

  private static Pooling pooling(Path file) {
    JsonNode config = Json.read(file);
    String mode = config.path("pooling_mode").asString("");
    if (config.path("pooling_mode_mean_tokens").asBoolean(false) || mode.equals("mean")) {
      return Pooling.MEAN;
    }
    if (config.path("pooling_mode_cls_token").asBoolean(false) || mode.equals("cls")) {
      return Pooling.CLS;
    }
    if (config.path("pooling_mode_lasttoken").asBoolean(false) || mode.equals("lasttoken")) {
      return Pooling.LAST;
    }
    if (config.path("pooling_mode_max_tokens").asBoolean(false) || mode.equals("max")) {
      return Pooling.MAX;
    }
    throw ServeException.wrong("embed.module", file, config.toString());
  }

  /** The most tokens of a text. */
  public int longest() {
    return longest;
  }

  /**
   * The texts' vectors, in the texts' order. Texts of like length are computed together.
   *
   * @throws ServeException if a text has more tokens than the model reads; both numbers are told
   */
  public List<float[]> embed(List<String> texts) {
    return embedIds(ids(texts));
  }

  /** The texts' tokens, as {@link #embed} reads them. */
  public List<long[]> ids(List<String> texts) {
    List<long[]> ids = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      Encoding encoding = tokenizer.encode(texts.get(i));
      if (encoding.size() > longest) {
        throw ServeException.wrong("embed.long", i + 1, encoding.size(), longest);
      }
      if (encoding.size() == 0) {
        throw ServeException.wrong("embed.empty", i + 1);
      }
      ids.add(encoding.ids());
    }
    return ids;
  }

  /** The vectors of texts that are tokens already. */
  public List<float[]> embedIds(List<long[]> ids) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingInt((Integer i) -> -ids.get(i).length));
    float[][] vectors = new float[ids.size()][];
    int from = 0;
    while (from < order.size()) {
      int width = ids.get(order.get(from)).length;
      int count = Math.min(Math.max(1, BATCH_TOKENS / width), order.size() - from);
      List<long[]> batch = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        batch.add(ids.get(order.get(from + i)));
      }
      float[][] some = batch(batch);
      for (int i = 0; i < count; i++) {
        vectors[order.get(from + i)] = some[i];
      }
      from += count;
    }
    return List.of(vectors);
  }

  private float[][] batch(List<long[]> rows) {
    int count = rows.size();
    Integer pad =
        tokenizer.specials().pad() == null ? null : tokenizer.id(tokenizer.specials().pad());
    try (Scope scope = Scope.open()) {
      Inputs inputs =
          Inputs.padded(rows, List.of(), pad == null ? 0 : pad, model.architecture().inputs());
      Tensor states =
          java.util.Objects.requireNonNull(model.forward(inputs).get("last_hidden"))
              .to(DType.FLOAT32);
      Tensor pooled = pooling.of(states, inputs.required("attention_mask"));
      if (unit) {
        Tensor length = pooled.square().sum(1).sqrt().maximum(Tensors.scalar(1e-12));
        pooled = pooled.div(length.unsqueeze(1));
      }
      float[] all = pooled.toFloats();
      int size = all.length / count;
      float[][] vectors = new float[count][];
      for (int row = 0; row < count; row++) {
        vectors[row] = java.util.Arrays.copyOfRange(all, row * size, (row + 1) * size);
      }
      return vectors;
    }
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}

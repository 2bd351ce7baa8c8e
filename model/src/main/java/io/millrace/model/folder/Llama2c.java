package io.millrace.model.folder;

import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import io.millrace.model.ModelException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.safetensors.ShardedSafetensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns a model of llama2.c ("version 0": seven int32, then float32 weights) into a Hugging Face
 * folder. There rotary positions turn neighbours (i, i+1); here (i, i + size/2), so rows of queries
 * and keys change places.
 */
public final class Llama2c {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int HEADER = 28;
  private static final int LARGEST = 1 << 20;

  private final MemorySegment file;
  private final Map<String, Tensor> weights = new LinkedHashMap<>();
  private long at = HEADER;

  private Llama2c(MemorySegment file) {
    this.file = file;
  }

  /**
   * Writes {@code config.json} and {@code model.safetensors}.
   *
   * @throws ModelException if the file's header and size do not fit together
   */
  public static void convert(Path model, Path folder) {
    try (FileChannel channel = FileChannel.open(model, StandardOpenOption.READ);
        Arena arena = Arena.ofConfined();
        Scope scope = Scope.open()) {
      long size = channel.size();
      if (size < HEADER) {
        throw new ModelException("llama2c", model);
      }
      Llama2c read = new Llama2c(channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena));
      ObjectNode config = read.read(model);
      Files.createDirectories(folder);
      ShardedSafetensors.write(folder, read.weights, Map.of("format", "pt"), Long.MAX_VALUE);
      Json.write(folder.resolve("config.json"), config);
    } catch (IOException e) {
      throw FileException.reading(model, e);
    }
  }

  private ObjectNode read(Path model) {
    int[] numbers = new int[7];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = file.get(INT, 4L * i);
    }
    int hidden = numbers[0];
    int width = numbers[1];
    int layers = numbers[2];
    int heads = numbers[3];
    int groups = numbers[4];
    int vocabulary = Math.abs(numbers[5]);
    int context = numbers[6];
    boolean tied = numbers[5] > 0;
    for (int i = 0; i < numbers.length; i++) {
      if (Math.abs((long) numbers[i]) > LARGEST || (i != 5 && numbers[i] < 1) || vocabulary < 1) {
        throw new ModelException("llama2c", model);
      }
    }
    if (hidden % heads != 0 || heads % groups != 0 || hidden / heads % 2 != 0) {
      throw new ModelException("llama2c", model);
    }
    long size = hidden / heads;
    long kv = groups * size;
    long each = 2L * hidden + 2L * hidden * hidden + 2 * kv * hidden + 3L * width * hidden;
    long all = layers * each + (tied ? 1L : 2L) * vocabulary * hidden + hidden + context * size;
    if (HEADER + 4 * all > file.byteSize()) {
      throw new ModelException("llama2c", model);
    }
    one("model.embed_tokens.weight", vocabulary, hidden);
    layered(layers, "input_layernorm", 0, hidden);
    layered(layers, "self_attn.q_proj", size, hidden, hidden);
    layered(layers, "self_attn.k_proj", size, kv, hidden);
    layered(layers, "self_attn.v_proj", 0, kv, hidden);
    layered(layers, "self_attn.o_proj", 0, hidden, hidden);
    layered(layers, "post_attention_layernorm", 0, hidden);
    layered(layers, "mlp.gate_proj", 0, width, hidden);
    layered(layers, "mlp.down_proj", 0, hidden, width);
    layered(layers, "mlp.up_proj", 0, width, hidden);
    one("model.norm.weight", hidden);
    if (!tied) {
      at += 4L * context * size;
      one("lm_head.weight", vocabulary, hidden);
    }
    ObjectNode config = Json.object();
    config.putArray("architectures").add("LlamaForCausalLM");
    config.put("model_type", "llama");
    config.put("hidden_size", hidden).put("intermediate_size", width);
    config.put("num_hidden_layers", layers).put("num_attention_heads", heads);
    config.put("num_key_value_heads", groups).put("vocab_size", vocabulary);
    config.put("max_position_embeddings", context).put("rms_norm_eps", 1e-5);
    config.put("rope_theta", 10000.0).put("tie_word_embeddings", tied);
    config.put("hidden_act", "silu").put("dtype", "float32");
    config.put("bos_token_id", 1).put("eos_token_id", 2);
    return config;
  }

  private Tensor next(long... sizes) {
    Shape shape = Shape.of(sizes);
    long bytes = 4 * shape.elements();
    Tensor tensor = Tensors.of(file.asSlice(at, bytes), DType.FLOAT32, shape);
    at += bytes;
    return tensor;
  }

  private void one(String name, long... sizes) {
    weights.put(name, next(sizes));
  }

  /**
   * A weight of every layer.
   *
   * @param headSize the size of heads whose rows change places; 0: none do
   */
  private void layered(int layers, String name, long headSize, long... sizes) {
    for (int layer = 0; layer < layers; layer++) {
      Tensor weight = next(sizes);
      if (headSize > 0) {
        weight =
            weight
                .reshape(sizes[0] / headSize, headSize / 2, 2, sizes[1])
                .transpose(1, 2)
                .reshape(sizes);
      }
      weights.put("model.layers." + layer + "." + name + ".weight", weight.contiguous());
    }
  }
}

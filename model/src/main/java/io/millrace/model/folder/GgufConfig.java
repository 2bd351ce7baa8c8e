package io.millrace.model.folder;

import io.millrace.ground.json.Json;
import io.millrace.model.ModelException;
import io.millrace.tensor.gguf.GgufFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a GGUF file says of its model, as {@link Pretrained} reads it from a folder: {@code
 * config.json}, {@code generation_config.json} and where the weights are.
 */
public final class GgufConfig {
  private static final Map<String, String> CLASSES =
      Map.of(
          "llama", "LlamaForCausalLM",
          "qwen2", "Qwen2ForCausalLM",
          "qwen3", "Qwen3ForCausalLM");

  private GgufConfig() {}

  /**
   * Writes the small files of a folder whose weights stay in the GGUF file.
   *
   * @throws ModelException if the model's family is not known
   */
  public static void write(GgufFile file, Path path, Path folder) {
    ObjectNode generation = Json.object();
    var ends = generation.putArray("eos_token_id");
    for (String key : List.of("eos", "eot", "eom")) {
      Number id = file.number("tokenizer.ggml." + key + "_token_id");
      if (id != null) {
        ends.add(id.intValue());
      }
    }
    if (ends.isEmpty()) {
      generation.remove("eos_token_id");
    }
    Json.write(folder.resolve("generation_config.json"), generation);
    String link = path.toAbsolutePath().toString();
    Json.write(folder.resolve(GgufWeights.LINK), Json.object().put("file", link));
    Json.write(folder.resolve("config.json"), config(file, path));
  }

  private static ObjectNode config(GgufFile file, Path path) {
    String family = file.text("general.architecture");
    String name = CLASSES.get(family);
    if (name == null) {
      throw new ModelException("gguf.family", path, family, CLASSES.keySet());
    }
    ObjectNode config = Json.object().put("model_type", family);
    config.putArray("architectures").add(name);
    copy(config, "num_hidden_layers", file, family + ".block_count");
    copy(config, "max_position_embeddings", file, family + ".context_length");
    copy(config, "hidden_size", file, family + ".embedding_length");
    copy(config, "intermediate_size", file, family + ".feed_forward_length");
    copy(config, "num_attention_heads", file, family + ".attention.head_count");
    copy(config, "num_key_value_heads", file, family + ".attention.head_count_kv");
    copy(config, "head_dim", file, family + ".attention.key_length");
    copy(config, "rms_norm_eps", file, family + ".attention.layer_norm_rms_epsilon");
    config.put("vocab_size", file.entry("token_embd.weight").shape().sizes()[0]);
    config.put("tie_word_embeddings", !file.names().contains("output.weight"));
    config.put("hidden_act", "silu");
    config.put("dtype", "float32");
    GgufRope.put(config, file, family, path);
    return config;
  }

  private static void copy(ObjectNode config, String ours, GgufFile file, String theirs) {
    Number value = file.number(theirs);
    if (value instanceof Float real) {
      config.put(ours, Double.parseDouble(real.toString())); // 1e-6, not its nearest float
    } else if (value != null) {
      config.put(ours, value.longValue());
    }
  }
}

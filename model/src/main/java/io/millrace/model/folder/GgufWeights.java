package io.millrace.model.folder;

import io.millrace.ground.json.Json;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.gguf.GgufFile;
import io.millrace.tensor.safetensors.Entry;
import io.millrace.tensor.safetensors.StoredTensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A GGUF file's tensors under the names that Hugging Face folders have for them. */
final class GgufWeights implements StoredTensors {
  /** Names the GGUF file that an unpacked folder belongs to. */
  static final String LINK = "gguf.json";

  private static final Pattern IN_BLOCK = Pattern.compile("blk\\.(\\d+)\\.(.+)\\.(weight|bias)");
  private static final Map<String, String> OF_BLOCK =
      Map.ofEntries(
          Map.entry("attn_norm", "input_layernorm"),
          Map.entry("attn_q", "self_attn.q_proj"),
          Map.entry("attn_k", "self_attn.k_proj"),
          Map.entry("attn_v", "self_attn.v_proj"),
          Map.entry("attn_output", "self_attn.o_proj"),
          Map.entry("attn_q_norm", "self_attn.q_norm"),
          Map.entry("attn_k_norm", "self_attn.k_norm"),
          Map.entry("ffn_norm", "post_attention_layernorm"),
          Map.entry("ffn_gate", "mlp.gate_proj"),
          Map.entry("ffn_up", "mlp.up_proj"),
          Map.entry("ffn_down", "mlp.down_proj"));
  private static final Map<String, String> OUTSIDE =
      Map.of(
          "token_embd.weight", "model.embed_tokens.weight",
          "output_norm.weight", "model.norm.weight",
          "output.weight", "lm_head.weight");

  private final GgufFile file;
  private final Map<String, String> theirs = new LinkedHashMap<>();

  /** Heads of queries and of keys, where rows of a head are interleaved; 0: they are not. */
  private final int heads;

  private final int groups;

  private GgufWeights(GgufFile file) {
    this.file = file;
    boolean mixed = file.text("general.architecture").equals("llama");
    Number all = file.number("llama.attention.head_count");
    Number kept = file.number("llama.attention.head_count_kv");
    this.heads = mixed && all != null ? all.intValue() : 0;
    this.groups = kept == null ? heads : kept.intValue();
    for (String name : file.names()) {
      String ours = name(name);
      if (ours != null) {
        theirs.put(ours, name);
      }
    }
  }

  /** Whether a folder was unpacked from a GGUF file. */
  static boolean isHere(Path folder) {
    return Files.isRegularFile(folder.resolve(LINK));
  }

  static GgufWeights open(Path folder) {
    String path = Json.read(folder.resolve(LINK)).path("file").asString("");
    GgufFile file = GgufFile.open(Path.of(path));
    try {
      return new GgufWeights(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** The folder's name of a tensor; null for angles, which follow from the configuration. */
  private static @Nullable String name(String gguf) {
    if (gguf.equals("rope_freqs.weight")) {
      return null;
    }
    Matcher block = IN_BLOCK.matcher(gguf);
    String part = block.matches() ? OF_BLOCK.get(block.group(2)) : null;
    if (part != null) {
      return "model.layers." + block.group(1) + "." + part + "." + block.group(3);
    }
    return OUTSIDE.getOrDefault(gguf, gguf);
  }

  private String stored(String name) {
    return theirs.getOrDefault(name, name);
  }

  @Override
  public Set<String> names() {
    return theirs.keySet();
  }

  @Override
  public Entry entry(String name) {
    return file.entry(stored(name));
  }

  @Override
  public Tensor tensor(String name) {
    Tensor tensor = file.tensor(stored(name));
    int parts = interleaved(name);
    if (parts == 0) {
      return tensor;
    }
    long[] sizes = tensor.shape().sizes();
    long half = sizes[0] / parts / 2;
    long rest = tensor.elements() / sizes[0];
    return tensor.reshape(parts, half, 2, rest).transpose(1, 2).contiguous().reshape(sizes);
  }

  /** llama.cpp turns neighbours, folders turn halves: rows of queries and keys are in its order. */
  private int interleaved(String name) {
    if (heads == 0) {
      return 0;
    }
    return name.contains("self_attn.q_proj.")
        ? heads
        : name.contains("self_attn.k_proj.") ? groups : 0;
  }

  @Override
  public void read(String name, Tensor target) {
    if (interleaved(name) == 0) {
      file.read(stored(name), target);
      return;
    }
    try (Scope scope = Scope.open()) {
      target.copyInPlace(tensor(name));
    }
  }

  @Override
  public void close() {
    file.close();
  }
}

package io.millrace.pipeline.language;

import io.millrace.tensor.Tensor;
import io.millrace.train.optimizer.OptimizerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * What a training will hold in memory at once, estimated before it starts, in bytes.
 *
 * @param weights of the model and the adapter
 * @param gradients one for each trained weight
 * @param optimizer its state, and the mean of weights where one is kept
 * @param activations what is kept for the way back
 */
public record TuneMemory(long weights, long gradients, long optimizer, long activations) {
  /** Numbers of the blocks' width that a block keeps for each token, measured on Llama. */
  private static final int WIDE = 14;

  /** Numbers of the feed-forward's width, likewise. */
  private static final int FEED = 4;

  static TuneMemory of(
      JsonNode config,
      long weights,
      Map<String, Tensor> trained,
      OptimizerSpec optimizer,
      TuneSpec spec) {
    long learned = trained.values().stream().mapToLong(Tensor::elements).sum();
    long hidden = first(config, "hidden_size", "n_embd", "d_model", "dim");
    long feed = first(config, "intermediate_size", "n_inner", "d_ff", "ffn_dim");
    long layers = first(config, "num_hidden_layers", "n_layer", "num_layers");
    long heads = first(config, "num_attention_heads", "n_head", "num_heads");
    int sides = spec.method() == TuneSpec.Method.DPO ? 2 : 1;
    long tokens = (long) sides * spec.train().batch() * length(spec);
    long wide = feed == 0 ? 4 * hidden : feed;
    // Attention keeps its looks where the kernel does not compute them again.
    boolean mixed = spec.train().precision() == io.millrace.train.Precision.BF16;
    long looks = mixed ? 2 * heads * length(spec) : 0;
    long block = tokens * (WIDE * hidden + FEED * wide + looks);
    long kept = spec.train().checkpointing() ? tokens * hidden * layers + block : block * layers;
    long scores = 3L << 26;
    int means = spec.train().average() == null ? 0 : 1;
    return new TuneMemory(
        weights * Float.BYTES,
        learned * Float.BYTES,
        learned * Float.BYTES * (optimizer.statesPerWeight() + means),
        kept * Float.BYTES + scores);
  }

  private static int length(TuneSpec spec) {
    Integer length = spec.data().length();
    return length == null ? 1 : length;
  }

  private static long first(JsonNode config, String... keys) {
    for (String key : keys) {
      if (config.path(key).isIntegralNumber()) {
        return config.path(key).asLong();
      }
    }
    return 0;
  }

  /** All of it. */
  public long total() {
    return weights + gradients + optimizer + activations;
  }

  /** What a checkpoint and the result will take on the disk together. */
  public long disk() {
    return gradients + optimizer + Math.max(gradients, Float.BYTES);
  }

  /** What the machine has. */
  public static long machine() {
    return java.lang.management.ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean machine
        ? machine.getTotalMemorySize()
        : Long.MAX_VALUE;
  }

  /** Settings that would make it smaller, the cheapest first, by their names in a spec. */
  public List<String> advice(TuneSpec spec) {
    List<String> advice = new ArrayList<>();
    if (!spec.train().checkpointing()) {
      advice.add("train.checkpointing=true");
    }
    if (spec.train().batch() > 1) {
      int half = spec.train().batch() / 2;
      advice.add("train.batch=" + half + ", train.accumulate=" + 2 * spec.train().accumulate());
    }
    if (!spec.adapts() && !spec.fresh()) {
      advice.add("method=lora");
    }
    advice.add("data.length=" + length(spec) / 2);
    return advice;
  }
}

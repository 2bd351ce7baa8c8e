package io.millrace.model.architecture;

import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.DType;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A model that reads a text both ways at once: BERT and its like. */
public final class EncoderModel implements Architecture {
  private static final Set<String> INPUTS = Set.of("input_ids", "attention_mask", "token_type_ids");

  private final TokenEmbedding embedding;
  private final Stack stack;
  private final @Nullable Head head;
  private final @Nullable Integer padding;

  /**
   * Puts a model together.
   *
   * @param head what is said about the text; absent: the states are the answer
   * @param padding where positions count tokens that are not this id (RoBERTa); absent: they count
   *     all
   */
  public EncoderModel(
      TokenEmbedding embedding, Stack stack, @Nullable Head head, @Nullable Integer padding) {
    this.embedding = embedding;
    this.stack = stack;
    this.head = head;
    this.padding = padding;
  }

  /** How many tokens fit. */
  public long context() {
    TokenEmbedding.Positions positions = embedding.spec().positions();
    return positions == null ? Long.MAX_VALUE : positions.count();
  }

  @Override
  public Set<String> inputs() {
    return INPUTS;
  }

  @Override
  public Map<String, Tensor> forward(Inputs inputs, Layer.Pass pass) {
    inputs.allow(INPUTS);
    Tensor ids = inputs.tokens("input_ids");
    Tensor real = inputs.real("attention_mask", ids);
    Tensor types = inputs.optional("token_type_ids");
    Tensor places = padding == null ? Tensors.range(ids.size(1)).unsqueeze(0) : counted(ids);
    Stack.Places where = new Stack.Places(places, ids.size(1), real);
    Tensor words = embed(ids, where, types, pass);
    Tensor states = stack.forward(words, where, null, null, pass);
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    if (head != null) {
      outputs.putAll(head.apply(new Head.Text(words, states, ids, real), pass));
    }
    outputs.put("last_hidden", states);
    return outputs;
  }

  /**
   * The states before the first block.
   *
   * @param types int64 [batch, time], which of two texts a token belongs to; absent: the first
   * @return [batch, time, hidden]
   */
  public Tensor embed(Tensor ids, Stack.Places where, @Nullable Tensor types, Layer.Pass pass) {
    Tensor kinds = types == null ? null : types.to(DType.INT64);
    return embedding.forward(ids, where.positions(), kinds, pass);
  }

  /** The blocks. */
  public Stack stack() {
    return stack;
  }

  /** What is said about a text; absent: nothing. */
  public @Nullable Head head() {
    return head;
  }

  /** How many tokens there are. */
  public int vocabulary() {
    return embedding.spec().vocabulary();
  }

  /** 0, 1, … over tokens that are not padding; padding itself stands before: −1. */
  private Tensor counted(Tensor ids) {
    int time = (int) ids.size(1);
    long[] values = ids.toLongs();
    int next = 0;
    for (int i = 0; i < values.length; i++) {
      next = i % time == 0 ? 0 : next;
      values[i] = padding != null && values[i] == padding ? -1 : next++;
    }
    return Tensors.of(values, ids.size(0), time);
  }
}

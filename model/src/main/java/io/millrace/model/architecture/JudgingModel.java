package io.millrace.model.architecture;

import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A model of two halves that says something about a text instead of writing one: BART and T5 with a
 * head for classes or answers. The second half reads the text again, one place later.
 */
public final class JudgingModel implements Architecture {
  private final EncoderDecoderModel.TextEncoder encoder;
  private final TokenEmbedding embedding;
  private final Stack decoder;
  private final Head head;
  private final long start;

  /**
   * Puts a model together.
   *
   * @param embedding of the second half
   * @param start the token that stands before the text in the second half
   */
  public JudgingModel(
      EncoderDecoderModel.TextEncoder encoder,
      TokenEmbedding embedding,
      Stack decoder,
      Head head,
      long start) {
    this.encoder = encoder;
    this.embedding = embedding;
    this.decoder = decoder;
    this.head = head;
    this.start = start;
  }

  @Override
  public Set<String> inputs() {
    return encoder.inputs();
  }

  @Override
  public Map<String, Tensor> forward(Inputs inputs, Layer.Pass pass) {
    inputs.allow(inputs());
    Stack.Memory memory = encoder.encode(inputs, pass);
    Tensor ids = inputs.tokens("input_ids");
    long time = ids.size(1);
    Tensor first = Tensors.of(new long[] {start}, 1, 1).expand(ids.size(0), 1);
    Tensor later = Tensor.concat(java.util.List.of(first, ids.narrow(1, 0, time - 1)), 1);
    Stack.Places places = Stack.Places.from(0, time);
    Tensor x = embedding.forward(later, places.positions(), null, pass);
    Tensor states = decoder.forward(x, places, null, memory, pass);
    Map<String, Tensor> outputs =
        new LinkedHashMap<>(
            head.apply(new Head.Text(x, states, ids, inputs.real("attention_mask", ids)), pass));
    outputs.put("last_hidden", states);
    outputs.put("encoder_last_hidden", memory.states());
    return outputs;
  }
}

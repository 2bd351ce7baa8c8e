package io.millrace.model.architecture;

import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Cache;
import io.millrace.model.transformer.KeyValueCache;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A model that reads one series and writes another: T5, BART, Marian, Whisper. */
public final class EncoderDecoderModel implements Architecture, Decoding {
  /** The half that reads. */
  public interface Encoder {
    /** The names of what it reads. */
    Set<String> inputs();

    /** The states of what was read. */
    Stack.Memory encode(Inputs inputs, Layer.Pass pass);
  }

  /** A half that reads tokens. */
  public record TextEncoder(TokenEmbedding embedding, Stack stack) implements Encoder {
    @Override
    public Set<String> inputs() {
      return Set.of("input_ids", "attention_mask");
    }

    @Override
    public Stack.Memory encode(Inputs inputs, Layer.Pass pass) {
      Tensor ids = inputs.tokens("input_ids");
      Tensor real = inputs.real("attention_mask", ids);
      Stack.Places plain = Stack.Places.from(0, ids.size(1));
      Tensor x = embedding.forward(ids, plain.positions(), null, pass);
      return new Stack.Memory(
          stack.forward(
              x, new Stack.Places(plain.positions(), plain.longest(), real), null, null, pass),
          real);
    }
  }

  private final Encoder encoder;
  private final TokenEmbedding embedding;
  private final Stack decoder;
  private final LanguageHead head;
  private final long context;
  private final Set<String> inputs;

  /**
   * Puts a model together.
   *
   * @param embedding of what is written
   * @param context how many tokens may be written
   */
  public EncoderDecoderModel(
      Encoder encoder, TokenEmbedding embedding, Stack decoder, LanguageHead head, long context) {
    this.encoder = encoder;
    this.embedding = embedding;
    this.decoder = decoder;
    this.head = head;
    this.context = context;
    Set<String> names = new java.util.TreeSet<>(encoder.inputs());
    names.add("decoder_input_ids");
    this.inputs = Set.copyOf(names);
  }

  /** The states of what is read, for {@link #states}. */
  public Stack.Memory encode(Inputs read, Layer.Pass pass) {
    return encoder.encode(read, pass);
  }

  @Override
  public Cache cache() {
    return KeyValueCache.growing(decoder);
  }

  @Override
  public long context() {
    return context;
  }

  @Override
  public int vocabulary() {
    return embedding.spec().vocabulary();
  }

  @Override
  public Set<String> inputs() {
    return inputs;
  }

  @Override
  public Map<String, Tensor> forward(Inputs read, Layer.Pass pass) {
    read.allow(inputs);
    Stack.Memory memory = encode(read, pass);
    Tensor ids = read.tokens("decoder_input_ids");
    Tensor states = states(ids, Stack.Places.from(0, ids.size(1)), null, memory, pass);
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    outputs.put("logits", head.apply(states));
    outputs.put("encoder_last_hidden", memory.states());
    return outputs;
  }

  @Override
  public Tensor states(
      Tensor ids,
      Stack.Places places,
      @Nullable Cache cache,
      Stack.@Nullable Memory memory,
      Layer.Pass pass) {
    Tensor x = embedding.forward(ids, places.positions(), null, pass);
    return decoder.forward(x, places, cache, memory, pass);
  }

  @Override
  public Tensor lastState(
      Tensor ids, Stack.Places places, @Nullable Cache cache, Stack.@Nullable Memory memory) {
    Layer.Pass pass = Layer.Pass.INFERENCE;
    Tensor x = embedding.forward(ids, places.positions(), null, pass);
    return decoder.last(x, places, cache, memory, pass);
  }

  @Override
  public Tensor logits(Tensor states) {
    return head.apply(states);
  }
}

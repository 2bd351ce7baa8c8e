package io.millrace.model.architecture;

import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Cache;
import io.millrace.model.transformer.KeyValueCache;
import io.millrace.model.transformer.PagedSequence;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.NarrowWeight;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * A model that reads from left to right: GPT, Llama and their like. With a {@link LanguageHead} it
 * generates, with another {@link Head} it classifies by the last token.
 */
public final class CausalModel implements Architecture, Decoding {
  private static final Set<String> INPUTS = Set.of("input_ids", "attention_mask");

  /** Matrices that are packed at once: each needs room for itself as float32 meanwhile. */
  private static final int PACKERS = 4;

  private final TokenEmbedding embedding;
  private final Stack stack;
  private final @Nullable LanguageHead language;
  private final @Nullable Head head;
  private final long context;
  private NarrowWeight.@Nullable Kind narrowed;

  /**
   * Puts a model together.
   *
   * @param language scores for the next token; absent: {@code head} or the states are the answer
   * @param head what else is said about the text; absent: nothing
   * @param context how many tokens the model was made for
   */
  public CausalModel(
      TokenEmbedding embedding,
      Stack stack,
      @Nullable LanguageHead language,
      @Nullable Head head,
      long context) {
    this.embedding = embedding;
    this.stack = stack;
    this.language = language;
    this.head = head;
    this.context = context;
  }

  @Override
  public boolean generates() {
    return language != null;
  }

  @Override
  public Cache cache() {
    return KeyValueCache.growing(stack);
  }

  /** The blocks. */
  public Stack stack() {
    return stack;
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
    return INPUTS;
  }

  @Override
  public Map<String, Tensor> forward(Inputs inputs, Layer.Pass pass) {
    inputs.allow(INPUTS);
    Tensor ids = inputs.tokens("input_ids");
    Tensor real = inputs.real("attention_mask", ids);
    Stack.Places places = Inputs.counted(ids, real);
    Tensor words = embed(ids, places, pass);
    Tensor states = stack.forward(words, places, null, null, pass);
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    if (language != null) {
      outputs.put("logits", language.apply(states));
    } else if (head != null) {
      outputs.putAll(head.apply(new Head.Text(words, states, ids, real), pass));
    }
    outputs.put("last_hidden", states);
    return outputs;
  }

  @Override
  public Tensor states(
      Tensor ids,
      Stack.Places places,
      @Nullable Cache cache,
      Stack.@Nullable Memory memory,
      Layer.Pass pass) {
    return stack.forward(embed(ids, places, pass), places, cache, memory, pass);
  }

  @Override
  public Tensor lastState(
      Tensor ids, Stack.Places places, @Nullable Cache cache, Stack.@Nullable Memory memory) {
    Layer.Pass pass = Layer.Pass.INFERENCE;
    return stack.last(embed(ids, places, pass), places, cache, memory, pass);
  }

  /**
   * The states after the last block for tokens of several texts, whose sequences then hold them.
   *
   * @param ids int64 [1, rows]: the parts' tokens one after another, then padding
   * @param positions int64 [1, rows]
   * @return [1, rows, hidden]
   */
  public Tensor paged(Tensor ids, Tensor positions, List<PagedSequence.Part> parts) {
    Tensor x = embedding.forward(ids, positions, null, Layer.Pass.INFERENCE);
    return stack.paged(x, positions, parts);
  }

  /**
   * Makes matrices in few bits, which {@link #paged} uses for steps that write, and {@link
   * #written}: the head's, of which answers depend most, in eight. Other steps use the weights as
   * they are.
   *
   * @return closes them
   */
  public List<AutoCloseable> narrow(NarrowWeight.Kind kind) {
    List<Callable<AutoCloseable>> all = new ArrayList<>();
    all.add(() -> Objects.requireNonNull(language).projection().narrow(NarrowWeight.Kind.INT8));
    stack.projections().forEach(projection -> all.add(() -> projection.narrow(kind)));
    // Packing a matrix is the work of one processor; these threads end before others compute.
    int threads = Math.min(PACKERS, Runtime.getRuntime().availableProcessors());
    ThreadFactory named = Thread.ofPlatform().name("millrace-packing-", 0).factory();
    List<AutoCloseable> made = new ArrayList<>();
    try (ExecutorService packers = Executors.newFixedThreadPool(threads, named)) {
      for (Future<AutoCloseable> one : packers.invokeAll(all)) {
        made.add(one.get());
      }
      narrowed = kind;
      made.add(() -> narrowed = null);
      return made;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
  }

  /** What {@link #narrow} made, unless that is closed. */
  public NarrowWeight.@Nullable Kind narrowed() {
    return narrowed;
  }

  /**
   * The scores for states of steps that write in few bits.
   *
   * @param states [rows, hidden]
   * @return [rows][vocabulary]
   */
  public float[][] written(Tensor states) {
    return Objects.requireNonNull(language).write(states);
  }

  /** The states before the first block. */
  public Tensor embed(Tensor ids, Stack.Places places, Layer.Pass pass) {
    return embedding.forward(ids, places.positions(), null, pass);
  }

  @Override
  public Tensor logits(Tensor states) {
    return Objects.requireNonNull(language).apply(states);
  }
}

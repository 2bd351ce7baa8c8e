package io.millrace.model.architecture;

import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Cache;
import io.millrace.model.transformer.Source;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Recurrent;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A recurrent network that reads from left to right and says the next token: gated recurrent units
 * (Cho et al. 2014) or long short-term memory (Hochreiter & Schmidhuber 1997), as PyTorch computes
 * them. Its cache is the states of its layers, whatever it has read. Several texts in a row begin
 * with a state of zeros each.
 */
public final class RecurrentModel implements Architecture, Decoding {
  private static final Set<String> INPUTS = Set.of("input_ids", "attention_mask");

  /** What a layer computes at each step. */
  public enum Cell {
    GRU(3),
    LSTM(4);

    private final int gates;

    Cell(int gates) {
      this.gates = gates;
    }

    int gates() {
      return gates;
    }
  }

  /**
   * What a model is made of.
   *
   * @param units numbers of a layer's state
   * @param dropout the share of numbers dropped before each layer and the head while training
   * @param context the most tokens that are read
   */
  public record Spec(Cell cell, int units, int layers, double dropout, long context) {}

  private final Spec spec;
  private final TokenEmbedding embedding;
  private final LanguageHead head;
  private final List<RecurrentLayer> layers = new ArrayList<>();

  /** Takes the layers' weights. */
  public RecurrentModel(Spec spec, TokenEmbedding embedding, LanguageHead head, Source source) {
    this.spec = spec;
    this.embedding = embedding;
    this.head = head;
    for (int i = 0; i < spec.layers; i++) {
      int in = i == 0 ? embedding.spec().hidden() : spec.units;
      Source place = source.inside("layers").inside("" + i);
      layers.add(new RecurrentLayer(spec.cell, in, spec.units, place));
    }
  }

  @Override
  public Cache cache() {
    return new RecurrentCache();
  }

  @Override
  public long context() {
    return spec.context;
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
    Tensor states = states(ids, Inputs.counted(ids, real), null, null, pass);
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    outputs.put("logits", head.apply(states));
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
    RecurrentCache read = (RecurrentCache) cache;
    Tensor x = embedding.forward(ids, places.positions(), null, pass);
    Pieces pieces = Pieces.of(places, ids, read == null ? 0 : read.length());
    if (pieces == null) {
      List<RecurrentCache.State> after = new ArrayList<>();
      Tensor y = run(x, read == null ? List.of() : read.layers(), after, pass);
      if (read != null) {
        read.advance(after, ids.size(1));
      }
      return y;
    }
    if (read == null) {
      return pieces.back(run(pieces.apart(x), List.of(), new ArrayList<>(), pass));
    }
    return ragged(x, pieces, read, pass);
  }

  @Override
  public Tensor lastState(
      Tensor ids, Stack.Places places, @Nullable Cache cache, Stack.@Nullable Memory memory) {
    Tensor all = states(ids, places, cache, memory, Layer.Pass.INFERENCE);
    return all.narrow(1, all.size(1) - 1, 1);
  }

  @Override
  public Tensor logits(Tensor states) {
    return head.apply(states);
  }

  /** Prompts of different lengths, one by one: each row's state is that behind its last token. */
  private Tensor ragged(Tensor x, Pieces pieces, RecurrentCache read, Layer.Pass pass) {
    List<Tensor> rows = new ArrayList<>();
    List<List<RecurrentCache.State>> states = new ArrayList<>();
    for (Pieces.Piece piece : pieces.all()) {
      Tensor own = x.narrow(0, piece.row(), 1).narrow(1, piece.from(), piece.length());
      List<RecurrentCache.State> after = new ArrayList<>();
      Tensor y = run(own, List.of(), after, pass);
      long missing = x.size(1) - piece.length();
      rows.add(
          missing == 0
              ? y
              : Tensor.concat(List.of(Tensors.zeros(y.dtype(), 1, missing, spec.units), y), 1));
      states.add(after);
    }
    List<RecurrentCache.State> joined = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      int layer = i;
      Tensor hidden =
          Tensor.concat(states.stream().map(row -> row.get(layer).hidden()).toList(), 0);
      Tensor cell = Tensor.concat(states.stream().map(row -> row.get(layer).cell()).toList(), 0);
      joined.add(new RecurrentCache.State(hidden, spec.cell == Cell.GRU ? hidden : cell));
    }
    read.advance(joined, x.size(1));
    return Tensor.concat(rows, 0);
  }

  private Tensor run(
      Tensor x,
      List<RecurrentCache.State> before,
      List<RecurrentCache.State> after,
      Layer.Pass pass) {
    Tensor zeros = Tensors.zeros(x.dtype(), x.size(0), spec.units);
    Tensor y = x;
    for (int i = 0; i < layers.size(); i++) {
      RecurrentCache.State start =
          before.isEmpty() ? new RecurrentCache.State(zeros, zeros) : before.get(i);
      Recurrent.Result result = layers.get(i).run(drop(y, pass), start);
      y = result.outputs();
      after.add(new RecurrentCache.State(result.state(), result.cell()));
    }
    return drop(y, pass);
  }

  private Tensor drop(Tensor x, Layer.Pass pass) {
    return spec.dropout > 0 && pass.isTraining() ? Neural.dropout(x, spec.dropout) : x;
  }
}

package io.millrace.model.transformer;

import io.millrace.model.layer.Layer;
import io.millrace.tensor.Attention;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Attention with its weights: {@code qkv} or {@code q} and {@code kv}, and {@code output}. */
final class Attending {
  /**
   * What a step may look at.
   *
   * @param bias added to scores, or absent
   * @param causal whether the kernel itself hides later tokens
   * @param keys how many keys there are, empty ones that {@code bias} hides included
   */
  record Look(@Nullable Tensor bias, boolean causal, long keys) {
    /** The same for the places from one on; the last sees all that is there. */
    Look since(long from, long time) {
      if (from != time - 1) {
        throw new IllegalArgumentException("only the last place may look alone");
      }
      Tensor own = bias == null || bias.size(2) == 1 ? bias : bias.narrow(2, from, 1);
      return new Look(own, false, keys);
    }
  }

  private final BlockSpec.Attention spec;
  private final Projection input;
  private final @Nullable Projection keysAndValues;
  private final Projection output;
  private final Norm.@Nullable Layer queryNorm;
  private final Norm.@Nullable Layer keyNorm;

  /**
   * @param memory the size of the encoder's states where this looks at an encoder; 0: at itself
   */
  Attending(BlockSpec.Attention spec, int hidden, int memory, Source source) {
    this.spec = spec;
    long q = (long) spec.heads() * spec.size();
    long kv = (long) spec.groups() * spec.size();
    if (memory == 0) {
      input = Projection.of(source.inside("qkv"), spec.inputBias(), hidden, q, kv, kv);
      keysAndValues = null;
    } else {
      input = Projection.of(source.inside("q"), spec.inputBias(), hidden, q);
      keysAndValues = Projection.of(source.inside("kv"), spec.inputBias(), memory, kv, kv);
    }
    output = Projection.of(source.inside("output"), spec.outputBias(), q, hidden);
    Norm perHead = spec.perHead();
    queryNorm = perHead == null ? null : perHead.build(source.inside("query-norm"), spec.size());
    keyNorm = perHead == null ? null : perHead.build(source.inside("key-norm"), spec.size());
  }

  /**
   * Attention of x [batch, time, hidden] to itself and to what the cache holds.
   *
   * @param from the first place that looks; those before are looked at
   */
  Tensor forward(
      Tensor x,
      Rope.@Nullable Rotation rotation,
      Look look,
      @Nullable KeyValues cache,
      long from,
      Layer.Pass pass) {
    Looked looked = looked(input.apply(x), rotation);
    Tensor keys = looked.key.transpose(1, 2);
    Tensor values = looked.value.transpose(1, 2);
    if (cache != null) {
      KeyValues.Seen seen = cache.add(keys, values, look.keys());
      keys = seen.keys();
      values = seen.values();
    }
    Look own = from == 0 ? look : look.since(from, x.size(1));
    return attend(since(looked.query, 1, from).transpose(1, 2), keys, values, own, pass);
  }

  /** Queries [batch, time, heads, size], keys and values [batch, time, groups, size]. */
  private record Looked(Tensor query, Tensor key, Tensor value) {}

  private Looked looked(Tensor joined, Rope.@Nullable Rotation rotation) {
    long heads = spec.heads();
    long groups = spec.groups();
    Tensor all = heads(joined, heads + 2 * groups);
    Tensor query;
    Tensor key;
    Tensor value;
    if (rotation != null && (queryNorm == null || keyNorm == null)) {
      List<Tensor> pieces = Tensors.split(all, 2, heads + groups, groups);
      List<Tensor> turned = Tensors.split(rotation.apply(pieces.getFirst()), 2, heads, groups);
      query = turned.getFirst();
      key = turned.getLast();
      value = pieces.getLast();
    } else {
      List<Tensor> pieces = Tensors.split(all, 2, heads, groups, groups);
      query = pieces.get(0);
      key = pieces.get(1);
      value = pieces.get(2);
      if (queryNorm != null && keyNorm != null) {
        query = queryNorm.apply(query);
        key = keyNorm.apply(key);
        if (rotation != null) {
          query = rotation.apply(query);
          key = rotation.apply(key);
        }
      }
    }
    return new Looked(query, key, value);
  }

  /** Attention of tokens of several texts, x [1, rows, hidden], each to its own text. */
  Tensor paged(Tensor x, Rope.@Nullable Rotation rotation, PagedPass pass, PagedCache.Layer layer) {
    Looked looked = looked(pass.product(input, x), rotation);
    pass.write(layer.keys(), looked.key);
    pass.write(layer.values(), looked.value);
    return pass.product(output, pass.attend(looked.query, layer, spec));
  }

  List<Projection> projections() {
    return List.of(input, output);
  }

  Norm.@Nullable Layer queryNorm() {
    return queryNorm;
  }

  Norm.@Nullable Layer keyNorm() {
    return keyNorm;
  }

  /** What lies from a place on along a dimension. */
  static Tensor since(Tensor x, int dimension, long from) {
    return from == 0 ? x : x.narrow(dimension, from, x.size(dimension) - from);
  }

  /** Attention of x to an encoder's states [batch, memory time, memory size]. */
  Tensor across(Tensor x, Tensor memory, Look look, @Nullable KeyValues cache, Layer.Pass pass) {
    Tensor query = heads(input.apply(x), spec.heads()).transpose(1, 2);
    KeyValues.Seen seen = cache == null ? null : cache.cross();
    if (seen == null) {
      Projection both = java.util.Objects.requireNonNull(keysAndValues);
      Tensor kv = heads(both.apply(memory), 2L * spec.groups());
      List<Tensor> pieces = Tensors.split(kv, 2, spec.groups(), spec.groups());
      Tensor keys = pieces.getFirst().transpose(1, 2);
      Tensor values = pieces.getLast().transpose(1, 2);
      seen = cache == null ? new KeyValues.Seen(keys, values) : cache.crossing(keys, values);
    }
    return attend(query, seen.keys(), seen.values(), look, pass);
  }

  private Tensor attend(Tensor query, Tensor keys, Tensor values, Look look, Layer.Pass pass) {
    // Where products are in bfloat16, so are the queries, but not the states that looks came from.
    Tensor bias = look.bias();
    Tensor mixed =
        Attention.grouped(
            query,
            keys,
            values,
            bias == null ? null : bias.to(query.dtype()),
            new Attention.Looking(
                spec.scale(), spec.cap(), look.causal(), pass.isTraining() ? spec.dropout() : 0));
    long width = (long) spec.heads() * spec.size();
    return output.apply(mixed.transpose(1, 2).reshape(mixed.size(0), mixed.size(2), width));
  }

  private Tensor heads(Tensor x, long count) {
    return x.reshape(x.size(0), x.size(1), count, spec.size());
  }
}

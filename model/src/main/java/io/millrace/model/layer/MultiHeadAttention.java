package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.model.ModelException;
import io.millrace.tensor.Attention;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Attention in several heads (Vaswani et al. 2017). Inputs: one series to itself, or a query and a
 * series to look at, and then a mask of 0 and 1, [keys] or [time, keys], 1 where one may look.
 * Weights {@code query}, {@code key}, {@code value}, {@code output}, each with {@code weight} [out,
 * in] and {@code bias}, heads one after another.
 *
 * @param heads how many
 * @param keyDim the size of a head's queries and keys
 * @param valueDim the size of a head's values; absent: {@code keyDim}
 * @param groups heads of keys and values, each shared by several query heads (Ainslie et al. 2023);
 *     absent: as many as heads
 * @param causal whether a step looks at itself and earlier ones only
 * @param dropout the share of looks dropped while training
 * @param bias whether the four products have one
 */
public record MultiHeadAttention(
    int heads,
    int keyDim,
    @Nullable Integer valueDim,
    @Nullable Integer groups,
    @Default("false") boolean causal,
    @Default("0") double dropout,
    @Default("true") boolean bias)
    implements JoinSpec {
  /** Checks the numbers. */
  public MultiHeadAttention {
    int shared = groups == null ? heads : groups;
    if (heads < 1
        || keyDim < 1
        || shared < 1
        || heads % shared != 0
        || !(dropout >= 0 && dropout < 1)) {
      throw new ModelException("attention.range", heads, keyDim, shared, dropout);
    }
  }

  private int values() {
    return valueDim == null ? keyDim : valueDim;
  }

  private int shared() {
    return groups == null ? heads : groups;
  }

  @Override
  public Shape output(List<Shape> inputs) {
    if (inputs.size() > 3 || inputs.getFirst().rank() != 2 || seen(inputs).rank() != 2) {
      throw new ModelException("attention.inputs", inputs);
    }
    if (inputs.size() == 3) {
      Shape mask = inputs.get(2);
      if (mask.rank() < 1 || mask.rank() > 2 || mask.size(-1) != seen(inputs).size(0)) {
        throw new ModelException("attention.inputs", inputs);
      }
    }
    return inputs.getFirst();
  }

  private static Shape seen(List<Shape> inputs) {
    return inputs.get(Math.min(1, inputs.size() - 1));
  }

  @Override
  public Layer.Joining join(List<Shape> inputs, Weights weights) {
    long size = inputs.getFirst().size(1);
    long seen = seen(inputs).size(1);
    Product query = project("query", heads, keyDim, size, weights);
    Product key = project("key", shared(), keyDim, seen, weights);
    Product value = project("value", shared(), values(), seen, weights);
    long in = (long) heads * values();
    Weights own = weights.inside("output");
    // Keras draws [heads, size, out] as if heads were a window.
    Tensor weight = own.fresh("weight", Initializer.GLOROT_UNIFORM, in, heads * size, size, in);
    Product output = new Product(weight, bias ? own.zeros("bias", size) : null);
    return (all, pass) -> {
      Tensor x = all.getFirst();
      Tensor other = all.get(Math.min(1, all.size() - 1));
      Tensor mask = all.size() < 3 ? null : mask(all.get(2));
      Tensor looked =
          Attention.attend(
              split(query.of(x), heads),
              repeat(split(key.of(other), shared())),
              repeat(split(value.of(other), shared())),
              mask,
              causal ? Attention.Reach.CAUSAL : Attention.Reach.BOTH_WAYS,
              pass.isTraining() ? dropout : 0);
      return output.of(
          looked.transpose(1, 2).reshape(x.size(0), x.size(1), (long) heads * values()));
    };
  }

  /** x·weightᵀ + bias. */
  private record Product(Tensor weight, @Nullable Tensor bias) {
    Tensor of(Tensor x) {
      return bias == null ? Neural.linear(x, weight) : Neural.linear(x, weight, bias);
    }
  }

  private Product project(String name, long count, long size, long in, Weights weights) {
    Weights own = weights.inside(name);
    // Keras draws [in, heads, size] as if the input were a window.
    Tensor weight =
        own.fresh("weight", Initializer.GLOROT_UNIFORM, in * count, in * size, count * size, in);
    return new Product(weight, bias ? own.zeros("bias", count * size) : null);
  }

  /** [batch, time, heads·size] → [batch, heads, time, size]. */
  private static Tensor split(Tensor x, long count) {
    return x.reshape(x.size(0), x.size(1), count, x.size(2) / count).transpose(1, 2);
  }

  /** Each shared head once for every query head that uses it. */
  private Tensor repeat(Tensor x) {
    int times = heads / shared();
    if (times == 1) {
      return x;
    }
    return x.unsqueeze(2)
        .expand(x.size(0), x.size(1), times, x.size(2), x.size(3))
        .reshape(x.size(0), heads, x.size(2), x.size(3));
  }

  /** [batch, keys] or [batch, time, keys] → booleans [batch, 1, 1 or time, keys]. */
  private static Tensor mask(Tensor given) {
    Tensor rows = given.rank() == 2 ? given.unsqueeze(1) : given;
    return rows.unsqueeze(1).gt(0);
  }

  @Override
  public double operations(Shape input) {
    double time = input.size(0);
    double width = (double) heads * keyDim;
    return time * input.size(1) * width * 4 + 2 * time * time * width;
  }
}

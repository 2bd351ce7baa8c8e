package io.millrace.tensor;

import java.util.Arrays;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention (Vaswani et al. 2017). The way is chosen here, as measured: float32
 * by libtorch's fused kernel; in mixed precision by explicit products, because the fused kernel is
 * scalar there.
 */
public final class Attention {
  static {
    Engine.start();
  }

  private Attention() {}

  /**
   * softmax(q·kᵀ / √size)·v.
   *
   * @param query [batch, heads, time, size]
   * @param key [batch, heads, keys, size]
   * @param value [batch, heads, keys, width]
   * @param mask booleans that broadcast to [batch, heads, time, keys], true where a query may look;
   *     absent: everywhere
   * @param reach whether a query looks at later keys
   * @param dropout the share of looks that is dropped, from 0 to less than 1; 0 but in training
   * @return [batch, heads, time, width]
   */
  public static Tensor attend(
      Tensor query, Tensor key, Tensor value, @Nullable Tensor mask, Reach reach, double dropout) {
    check(query, key, value, mask);
    Call.require(dropout >= 0 && dropout < 1, "attend", "dropout", dropout, "0 to less than 1");
    Tensor allowed = mask;
    if (reach == Reach.CAUSAL && mask != null) {
      Tensor causal = causal(query.size(2), key.size(2));
      allowed = causal.where(mask, Tensors.zeros(DType.BOOL, 1));
    }
    boolean causalKernel = reach == Reach.CAUSAL && mask == null;
    if (isMixed() || query.dtype() != DType.FLOAT32) {
      return explicit(
          query, key, value, causalKernel ? causal(query.size(2), key.size(2)) : allowed, dropout);
    }
    Tensor by = allowed;
    return Call.many(
            "attend",
            Arrays.asList(query, key, value, by),
            h -> {
              try (TensorOptional where = Call.optional(h[3]);
                  DoubleOptional scale = new DoubleOptional()) {
                return new org.bytedeco.pytorch.Tensor[] {
                  torch.scaled_dot_product_attention(
                      h[0], h[1], h[2], where, dropout, causalKernel, scale, false)
                };
              }
            })
        .getFirst();
  }

  /**
   * softmax(cap(scale·q·kᵀ) + bias)·v, where several query heads may share a head of keys and
   * values (Ainslie et al. 2023).
   *
   * @param query [batch, heads, time, size]
   * @param key [batch, groups, keys, size]; groups divide heads, neighbours share
   * @param value [batch, groups, keys, size]
   * @param bias added to the scores, of the query's type, broadcasts to [batch, heads, time, keys];
   *     very low where a query may not look; absent: none
   * @return [batch, heads, time, size]
   */
  public static Tensor grouped(
      Tensor query, Tensor key, Tensor value, @Nullable Tensor bias, Looking looking) {
    checkGrouped(query, key, value, bias);
    double dropout = looking.dropout();
    Call.require(dropout >= 0 && dropout < 1, "grouped", "dropout", dropout, "0 to less than 1");
    Call.require(
        !looking.causal() || query.size(2) == key.size(2),
        "grouped",
        "causal",
        query.describe(),
        "as many queries as keys");
    long heads = query.size(1);
    long groups = key.size(1);
    if (query.size(2) == 1
        && isHalf(query)
        && looking.cap() == null
        && !tracks(query, key, value)) {
      // One step: turning the keys to float32 costs less than one product of half precision.
      DType wide = DType.FLOAT32;
      Tensor added = bias == null ? null : bias.to(wide);
      return grouped(query.to(wide), key.to(wide), value.to(wide), added, looking)
          .to(query.dtype());
    }
    boolean fused =
        !isMixed() && query.dtype() == DType.FLOAT32 && looking.cap() == null && key.size(2) > 0;
    if (!fused) {
      return explicitGrouped(query, key, value, bias, looking);
    }
    if (groups == heads) {
      return fused(query, key, value, bias, looking.causal(), looking);
    }
    long share = heads / groups;
    if (query.size(2) == 1 && (bias == null || bias.rank() < 3 || bias.size(-3) == 1)) {
      // One step: the heads of a group stand in the place of time, and nothing is repeated.
      Tensor q = query.reshape(query.size(0), groups, share, query.size(3));
      return fused(q, key, value, bias, false, looking)
          .reshape(query.size(0), heads, 1, value.size(3));
    }
    return fused(query, repeat(key, share), repeat(value, share), bias, looking.causal(), looking);
  }

  /**
   * How {@link #grouped} looks.
   *
   * @param scale what products of queries and keys are multiplied with
   * @param cap scores become cap·tanh(score / cap); absent: they stay
   * @param causal whether a query looks at keys up to its own place only
   * @param dropout the share of looks that is dropped, from 0 to less than 1
   */
  public record Looking(double scale, @Nullable Double cap, boolean causal, double dropout) {}

  private static Tensor repeat(Tensor x, long times) {
    return x.unsqueeze(2)
        .expand(x.size(0), x.size(1), times, x.size(2), x.size(3))
        .reshape(x.size(0), x.size(1) * times, x.size(2), x.size(3));
  }

  private static Tensor fused(
      Tensor query,
      Tensor key,
      Tensor value,
      @Nullable Tensor bias,
      boolean causal,
      Looking looking) {
    boolean mixed = bias != null && causal;
    Tensor by = bias != null && causal ? causalBias(query, key).add(bias) : bias;
    return Call.many(
            "grouped",
            Arrays.asList(query, key, value, by),
            h -> {
              try (TensorOptional where = Call.optional(h[3]);
                  DoubleOptional scale = new DoubleOptional(looking.scale())) {
                return new org.bytedeco.pytorch.Tensor[] {
                  torch.scaled_dot_product_attention(
                      h[0], h[1], h[2], where, looking.dropout(), causal && !mixed, scale, false)
                };
              }
            })
        .getFirst();
  }

  /** Explicit products; the heads of a group are rows of one product. */
  private static Tensor explicitGrouped(
      Tensor query, Tensor key, Tensor value, @Nullable Tensor bias, Looking looking) {
    long batch = query.size(0);
    long heads = query.size(1);
    long time = query.size(2);
    long groups = key.size(1);
    long keys = key.size(2);
    Tensor rows =
        query.mul(looking.scale()).reshape(batch, groups, heads / groups * time, query.size(3));
    Tensor scores = rows.matmul(key.transpose(2, 3)).reshape(batch, heads, time, keys);
    Double cap = looking.cap();
    if (cap != null) {
      scores = scores.div(cap).tanh().mul(cap);
    }
    if (looking.causal()) {
      scores = scores.add(causalBias(query, key));
    }
    if (bias != null) {
      scores = scores.add(bias);
    }
    Tensor looks = Neural.softmax(scores, -1).to(value.dtype());
    Tensor kept = looking.dropout() > 0 ? Neural.dropout(looks, looking.dropout()) : looks;
    return kept.reshape(batch, groups, heads / groups * time, keys)
        .matmul(value)
        .reshape(batch, heads, time, value.size(3));
  }

  private static boolean isHalf(Tensor x) {
    return x.dtype() == DType.BFLOAT16 || x.dtype() == DType.FLOAT16;
  }

  private static boolean tracks(Tensor... tensors) {
    return Arrays.stream(tensors).anyMatch(Tensor::tracksGradient);
  }

  private static Tensor causalBias(Tensor query, Tensor key) {
    return forbid(causal(query.size(2), key.size(2)), query.dtype());
  }

  /**
   * What to add to scores: 0 where {@code allowed}, elsewhere a number so low that nothing is left
   * of it, but finite, so that a query without any key gives no NaN.
   *
   * @param allowed booleans of any shape
   */
  public static Tensor forbid(Tensor allowed, DType dtype) {
    double low = dtype == DType.FLOAT16 ? -65504 : -3.3895313892515355e38;
    return allowed.where(Tensors.zeros(dtype, 1), Tensors.full(low, dtype, 1));
  }

  private static void checkGrouped(Tensor query, Tensor key, Tensor value, @Nullable Tensor bias) {
    String name = "grouped";
    for (Tensor one : new Tensor[] {query, key, value}) {
      Call.require(
          one.rank() == 4 && one.dtype().isFloating() && one.elements() > 0,
          name,
          "tensor",
          one.describe(),
          "floats [batch, heads, time, size]");
      Call.require(
          one.size(0) == query.size(0)
              && query.size(1) % one.size(1) == 0
              && one.dtype() == query.dtype(),
          name,
          "tensor",
          one.describe(),
          "batch, a divisor of the heads and the type of " + query.describe());
    }
    Call.require(key.size(3) == query.size(3), name, "key", key.describe(), "the query's size");
    Call.require(
        key.size(2) == value.size(2) && key.size(1) == value.size(1),
        name,
        "value",
        value.describe(),
        "the keys' count and groups");
    if (bias != null) {
      Shape full = Shape.of(query.size(0), query.size(1), query.size(2), key.size(2));
      Call.require(
          bias.dtype() == query.dtype()
              && bias.rank() <= 4
              && bias.rank() >= 2
              && bias.shape().broadcastsWith(full)
              && bias.elements() > 0
              && bias.elements() <= full.elements(),
          name,
          "bias",
          bias.describe(),
          "the query's type, broadcasts to " + full);
    }
  }

  /** Which keys a query may look at. */
  public enum Reach {
    /** All. */
    BOTH_WAYS,
    /** Those up to its own place. */
    CAUSAL
  }

  private static Tensor explicit(
      Tensor query, Tensor key, Tensor value, @Nullable Tensor mask, double dropout) {
    double scale = 1 / Math.sqrt(query.size(-1));
    Tensor scores = query.mul(scale).matmul(key.transpose(2, 3));
    if (mask != null) {
      Tensor never = Tensors.full(Double.NEGATIVE_INFINITY, DType.FLOAT32, 1).to(scores.dtype());
      scores = mask.where(scores, never);
    }
    Tensor looks = Neural.softmax(scores, -1).to(scores.dtype());
    return (dropout > 0 ? Neural.dropout(looks, dropout) : looks).matmul(value);
  }

  /** [time, keys], true up to the diagonal. */
  private static Tensor causal(long time, long keys) {
    Tensor rows = Tensors.range(time).reshape(time, 1);
    return Tensors.range(keys).reshape(1, keys).gt(rows).not();
  }

  private static boolean isMixed() {
    return torch.is_autocast_enabled(torch.DeviceType.CPU);
  }

  private static void check(Tensor query, Tensor key, Tensor value, @Nullable Tensor mask) {
    String name = "attend";
    for (Tensor one : new Tensor[] {query, key, value}) {
      Call.require(
          one.rank() == 4 && one.elements() > 0 && one.dtype().isFloating(),
          name,
          "tensor",
          one.describe(),
          "floats [batch, heads, time, size]");
      Call.require(
          one.size(0) == query.size(0)
              && one.size(1) == query.size(1)
              && one.dtype() == query.dtype(),
          name,
          "tensor",
          one.describe(),
          "batch, heads and type of " + query.describe());
    }
    Call.require(key.size(3) == query.size(3), name, "key", key.describe(), "the query's size");
    Call.require(key.size(2) == value.size(2), name, "value", value.describe(), "the keys' count");
    if (mask != null) {
      Shape full = Shape.of(query.size(0), query.size(1), query.size(2), key.size(2));
      Call.require(
          mask.dtype() == DType.BOOL
              && mask.rank() <= 4
              && mask.shape().broadcastsWith(full)
              && !mask.shape().equals(Shape.of(0)),
          name,
          "mask",
          mask.describe(),
          "booleans that broadcast to " + full);
    }
  }
}

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

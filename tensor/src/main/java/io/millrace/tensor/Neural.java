package io.millrace.tensor;

import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Operators that networks are made of. Definitions are PyTorch's of the same name. */
public final class Neural {
  private static final TensorOptional NONE;
  private static final long MEAN = 1;
  private static final long NO_IGNORED_CLASS = -100;

  static {
    Engine.start();
    NONE = new TensorOptional();
  }

  private Neural() {}

  /**
   * x·weightᵀ + bias.
   *
   * @param x [..., in]
   * @param weight [out, in]
   * @param bias [out]
   * @return [..., out]
   */
  public static Tensor linear(Tensor x, Tensor weight, Tensor bias) {
    if (x.rank() < 1 || weight.rank() != 2 || x.size(-1) != weight.size(1)) {
      throw new TensorException("linear", x.describe(), weight.describe());
    }
    if (bias.rank() != 1 || bias.size(0) != weight.size(0)) {
      throw new TensorException("linear.bias", bias.describe(), weight.describe());
    }
    return Call.three(
        "linear",
        x,
        weight,
        bias,
        (a, w, b) -> {
          try (var with = new TensorOptional(b)) {
            return torch.linear(a, w, with);
          }
        });
  }

  /** x·weightᵀ; shapes as in the other {@code linear}. */
  public static Tensor linear(Tensor x, Tensor weight) {
    if (x.rank() < 1 || weight.rank() != 2 || x.size(-1) != weight.size(1)) {
      throw new TensorException("linear", x.describe(), weight.describe());
    }
    return Call.two("linear", x, weight, torch::linear);
  }

  /** Softmax along a dimension. */
  public static Tensor softmax(Tensor x, int dimension) {
    return Call.one("softmax", x, h -> torch.softmax(h, dimension));
  }

  /** The logarithm of softmax along a dimension, computed stably. */
  public static Tensor logSoftmax(Tensor x, int dimension) {
    return Call.one("logSoftmax", x, h -> torch.log_softmax(h, dimension));
  }

  /** Gaussian error linear unit, the exact form. */
  public static Tensor gelu(Tensor x) {
    return Call.one("gelu", x, torch::gelu);
  }

  /** x·sigmoid(x), also called swish. */
  public static Tensor silu(Tensor x) {
    return Call.one("silu", x, torch::silu);
  }

  /** x where positive, else e^x − 1. */
  public static Tensor elu(Tensor x) {
    return Call.one("elu", x, torch::elu);
  }

  /** Scaled exponential linear unit (Klambauer et al. 2017). */
  public static Tensor selu(Tensor x) {
    return Call.one("selu", x, torch::selu);
  }

  /** log(1 + e^x). */
  public static Tensor softplus(Tensor x) {
    return Call.one("softplus", x, torch::softplus);
  }

  /** x where positive, else slope·x. */
  public static Tensor leakyRelu(Tensor x, double slope) {
    return Call.scalar("leakyRelu", x, slope, torch::leaky_relu);
  }

  /**
   * Zeroes elements with this probability and scales the others by 1/(1 − probability), so that the
   * mean stays; draws from the current {@link RandomState}.
   */
  public static Tensor dropout(Tensor x, double probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new TensorException("probability", probability);
    }
    return Call.one("dropout", x, h -> torch.dropout(h, probability, true));
  }

  /**
   * The mean of −log softmax(logits)[target].
   *
   * @param logits [batch, classes], any finite scale
   * @param targets [batch] int64, each from 0 to classes − 1
   * @return a scalar
   */
  public static Tensor crossEntropy(Tensor logits, Tensor targets) {
    if (logits.rank() != 2
        || targets.rank() != 1
        || targets.dtype() != DType.INT64
        || logits.size(0) != targets.size(0)) {
      throw new TensorException("crossEntropy", logits.describe(), targets.describe());
    }
    return Call.two(
        "crossEntropy",
        logits,
        targets,
        (h, t) -> torch.cross_entropy_loss(h, t, NONE, MEAN, NO_IGNORED_CLASS, 0.0));
  }

  /**
   * The mean of −Σ target·log softmax(logits) over rows.
   *
   * @param logits [batch, classes]
   * @param targets [batch, classes] probabilities of the same type
   * @return a scalar
   */
  public static Tensor crossEntropySoft(Tensor logits, Tensor targets) {
    sameShape("crossEntropySoft", logits, targets);
    return Call.two(
        "crossEntropySoft",
        logits,
        targets,
        (h, t) -> torch.cross_entropy_loss(h, t, NONE, MEAN, NO_IGNORED_CLASS, 0.0));
  }

  /** The mean binary cross entropy of sigmoid(logits) against targets in [0, 1]; same shapes. */
  public static Tensor binaryCrossEntropy(Tensor logits, Tensor targets) {
    sameShape("binaryCrossEntropy", logits, targets);
    return Call.two(
        "binaryCrossEntropy",
        logits,
        targets,
        (h, t) -> torch.binary_cross_entropy_with_logits(h, t, NONE, NONE, MEAN));
  }

  /** The mean squared difference; same shapes, nothing is broadcast. */
  public static Tensor meanSquaredError(Tensor output, Tensor target) {
    sameShape("meanSquaredError", output, target);
    return Call.two("meanSquaredError", output, target, torch::mse_loss);
  }

  private static void sameShape(String operator, Tensor a, Tensor b) {
    if (!a.shape().equals(b.shape())) {
      throw new TensorException("shapes.differ", operator, a.describe(), b.describe());
    }
  }
}

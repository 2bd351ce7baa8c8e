package io.millrace.tensor;

import java.util.List;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Operators that networks are made of. Definitions are PyTorch's of the same name. */
public final class Neural {
  private static final TensorOptional NONE;
  private static final long MEAN = 1;
  private static final long NO_IGNORED_CLASS = -100;
  private static final long WIDEST = 1 << 30;

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
    checkBias(bias, weight);
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

  private static void checkBias(@Nullable Tensor bias, Tensor weight) {
    if (bias != null && (bias.rank() != 1 || bias.size(0) != weight.size(0))) {
      throw new TensorException("linear.bias", bias.describe(), weight.describe());
    }
  }

  /** x·weightᵀ; shapes as in the other {@code linear}. */
  public static Tensor linear(Tensor x, Tensor weight) {
    if (x.rank() < 1 || weight.rank() != 2 || x.size(-1) != weight.size(1)) {
      throw new TensorException("linear", x.describe(), weight.describe());
    }
    return Call.two("linear", x, weight, torch::linear);
  }

  /**
   * weight·x + bias for one row, by a kernel for a matrix and a vector.
   *
   * @param x [in]
   * @param weight [out, in]
   * @param bias [out], or absent
   * @return [out]
   */
  public static Tensor row(Tensor x, Tensor weight, @Nullable Tensor bias) {
    if (x.rank() != 1 || weight.rank() != 2 || x.size(0) != weight.size(1)) {
      throw new TensorException("linear", x.describe(), weight.describe());
    }
    checkBias(bias, weight);
    Tensor product = Call.two("row", weight, x, HalfRows::product);
    return (bias == null ? product : product.add(bias)).to(x.dtype());
  }

  /**
   * x · weightᵀ + bias, in half precision and without gradients by a kernel with which a row's bits
   * do not depend on how many rows there are, where that is not {@link #linear}'s already.
   *
   * @param x [..., in]
   * @param weight [out, in]
   * @param bias [out], or absent
   * @return [..., out], of x's type
   */
  public static Tensor linearAlike(Tensor x, Tensor weight, @Nullable Tensor bias) {
    if (x.dtype() == DType.BFLOAT16
        && weight.dtype() == x.dtype()
        && weight.rank() == 2
        && x.rank() > 0
        && HalfRows.areNeeded(weight.size(1))
        && x.size(x.rank() - 1) == weight.size(1)) {
      Tensor rows = x.reshape(-1, weight.size(1)).contiguous();
      boolean own = Call.ask("linear", List.of(weight, rows), h -> HalfRows.fit(h[0], h[1]));
      if (own) {
        checkBias(bias, weight);
        Tensor wide = Call.two("linear", weight, rows, HalfRows::products);
        long[] sizes = x.shape().sizes();
        sizes[sizes.length - 1] = weight.size(0);
        return (bias == null ? wide : wide.add(bias)).to(x.dtype()).reshape(sizes);
      }
    }
    return bias == null ? linear(x, weight) : linear(x, weight, bias);
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

  /** x where positive, else alpha·(e^(x/alpha) − 1). */
  public static Tensor celu(Tensor x) {
    return Call.one("celu", x, torch::celu);
  }

  /** min(max(x, 0), 6). */
  public static Tensor relu6(Tensor x) {
    return Call.one("relu6", x, torch::relu6);
  }

  /** Piecewise linear between 0 at −3 and 1 at 3. */
  public static Tensor hardSigmoid(Tensor x) {
    return Call.one("hardSigmoid", x, torch::hardsigmoid);
  }

  /** x·hardSigmoid(x). */
  public static Tensor hardSwish(Tensor x) {
    return Call.one("hardSwish", x, torch::hardswish);
  }

  /** x·tanh(softplus(x)) (Misra 2019). */
  public static Tensor mish(Tensor x) {
    return Call.one("mish", x, torch::mish);
  }

  /** The logarithm of the sigmoid, computed stably. */
  public static Tensor logSigmoid(Tensor x) {
    return Call.one("logSigmoid", x, torch::log_sigmoid);
  }

  /** Gaussian error linear unit by the hyperbolic tangent. */
  public static Tensor geluTanh(Tensor x) {
    return Call.one("geluTanh", x, h -> torch.gelu(h, "tanh"));
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

  /** As {@link #dropout}, for whole channels of [batch, channels, place…]. */
  public static Tensor dropoutChannels(Tensor x, double probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new TensorException("probability", probability);
    }
    Call.require(x.rank() >= 3, "dropoutChannels", "x", x.describe(), "[batch, channels, place…]");
    return Call.one("dropoutChannels", x, h -> torch.feature_dropout(h, probability, true));
  }

  /** Dropout that keeps mean and deviation of {@link #selu} activations (Klambauer et al. 2017). */
  public static Tensor dropoutAlpha(Tensor x, double probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new TensorException("probability", probability);
    }
    return Call.one("dropoutAlpha", x, h -> torch.alpha_dropout(h, probability, true));
  }

  /**
   * The rows of a table that ids name.
   *
   * @param table [rows, size]
   * @param ids int64, each from 0 to rows − 1
   * @return [ids…, size]
   */
  public static Tensor embedding(Tensor table, Tensor ids) {
    return embedding(table, ids, -1);
  }

  /**
   * The rows of a table that ids name.
   *
   * @param padding the row that gets no gradient; −1: all do
   * @return [ids…, size]
   */
  public static Tensor embedding(Tensor table, Tensor ids, long padding) {
    Call.require(
        table.rank() == 2 && table.elements() > 0,
        "embedding",
        "table",
        table.describe(),
        "[rows, size]");
    Call.require(ids.dtype() == DType.INT64, "embedding", "ids", ids.describe(), "int64");
    if (ids.elements() > 0) {
      int[] all = java.util.stream.IntStream.range(0, ids.rank()).toArray();
      double low = ids.rank() == 0 ? ids.item() : ids.detach().amin(all).item();
      double high = ids.rank() == 0 ? ids.item() : ids.detach().amax(all).item();
      if (low < 0 || high >= table.size(0)) {
        throw new TensorException("embedding", (long) (low < 0 ? low : high), table.size(0));
      }
    }
    return Call.two(
        "embedding", table, ids, (t, i) -> torch.embedding(t, i, padding, false, false));
  }

  /**
   * Adds constant elements around.
   *
   * @param widths before and after, from the last dimension to the first: [last before, last after,
   *     …]; negative widths cut off
   */
  public static Tensor pad(Tensor x, double value, long... widths) {
    Call.require(
        widths.length % 2 == 0 && widths.length <= 2 * x.rank(),
        "pad",
        "widths",
        java.util.Arrays.toString(widths),
        "two a dimension");
    for (long width : widths) {
      Call.require(
          width > -WIDEST && width < WIDEST,
          "pad",
          "widths",
          java.util.Arrays.toString(widths),
          "smaller numbers");
    }
    long[] sizes = x.shape().sizes();
    for (int i = 0; i < sizes.length; i++) {
      int at = 2 * (sizes.length - 1 - i);
      if (at < widths.length) {
        sizes[i] += widths[at] + widths[at + 1];
      }
      Call.require(
          sizes[i] >= 0, "pad", "widths", java.util.Arrays.toString(widths), "less cut off");
    }
    Engine.checkSize("pad", x.dtype(), sizes);
    return Call.one(
        "pad",
        x,
        h -> {
          try (var scalar = Call.scalar(value)) {
            return torch.constant_pad_nd(h, widths, scalar);
          }
        });
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
   * −log softmax(logits)[target] of each row; 0 where the target is −100.
   *
   * @param logits [rows, classes]
   * @param targets [rows] int64
   * @param smoothing the share of the target that is spread over all classes (Szegedy et al. 2016),
   *     from 0 to 1
   * @return [rows]
   */
  public static Tensor crossEntropies(Tensor logits, Tensor targets, double smoothing) {
    if (logits.rank() != 2
        || targets.rank() != 1
        || targets.dtype() != DType.INT64
        || logits.size(0) != targets.size(0)) {
      throw new TensorException("crossEntropy", logits.describe(), targets.describe());
    }
    Call.require(
        smoothing >= 0 && smoothing <= 1, "crossEntropies", "smoothing", smoothing, "0 to 1");
    return Call.two(
        "crossEntropies",
        logits,
        targets,
        (h, t) -> torch.cross_entropy_loss(h, t, NONE, 0, NO_IGNORED_CLASS, smoothing));
  }

  /**
   * −log of the probability that the network writes a text, over all ways to stretch it (Graves et
   * al. 2006); 0 where no way exists.
   *
   * @param logProbabilities [time, batch, classes], after log softmax
   * @param targets [batch, length] int64 classes, none of them the blank
   * @param steps how many steps of each row count
   * @param lengths how many targets of each row count
   * @param blank the class between symbols
   * @return [batch]
   */
  public static Tensor ctc(
      Tensor logProbabilities, Tensor targets, long[] steps, long[] lengths, long blank) {
    String name = "ctc";
    Call.require(
        logProbabilities.rank() == 3
            && logProbabilities.elements() > 0
            && (logProbabilities.dtype() == DType.FLOAT32
                || logProbabilities.dtype() == DType.FLOAT64),
        name,
        "logProbabilities",
        logProbabilities.describe(),
        "floats [time, batch, classes]");
    long batch = logProbabilities.size(1);
    long classes = logProbabilities.size(2);
    Call.require(
        targets.rank() == 2
            && targets.dtype() == DType.INT64
            && targets.size(0) == batch
            && steps.length == batch
            && lengths.length == batch,
        name,
        "targets",
        targets.describe(),
        "int64 [batch, length]");
    Call.require(blank >= 0 && blank < classes, name, "blank", blank, "a class");
    long[] labels = targets.toLongs();
    for (int row = 0; row < batch; row++) {
      Call.require(
          steps[row] >= 1 && steps[row] <= logProbabilities.size(0),
          name,
          "steps",
          steps[row],
          "1 to the time");
      Call.require(
          lengths[row] >= 0 && lengths[row] <= targets.size(1),
          name,
          "lengths",
          lengths[row],
          "0 to the length");
      for (int i = 0; i < lengths[row]; i++) {
        long label = labels[(int) (row * targets.size(1) + i)];
        Call.require(
            label >= 0 && label < classes && label != blank, name, "target", label, "a class");
      }
    }
    return Call.two(
        name,
        logProbabilities,
        targets,
        (h, t) -> torch.ctc_loss(h, t, steps, lengths, blank, 0, true));
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

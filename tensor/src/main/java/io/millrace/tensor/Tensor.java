package io.millrace.tensor;

import java.util.List;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * An n-dimensional array in native memory, owned by a {@link Scope}. Operators return new tensors
 * in the thread's current scope; those whose name ends in {@code InPlace} change the receiver. A
 * wrong shape, type, device or thread, or a tensor whose scope has closed, throws a {@link
 * TensorException} that names both sides; it never crashes the JVM.
 *
 * <p>Dimensions may be counted from the last: −1. Made by {@link Tensors}; operators for networks
 * are in {@link Neural}, every other operator of libtorch behind {@link Operators}.
 */
public final class Tensor extends NativeTensor {
  private static final ScalarTypeOptional NO_DTYPE;

  static {
    Engine.start();
    NO_DTYPE = new ScalarTypeOptional();
  }

  Tensor(org.bytedeco.pytorch.Tensor handle, Scope scope) {
    super(handle, scope);
  }

  // ── elementwise ─────────────────────────────────────────────────────────────────────────────

  /** Elementwise sum; shapes broadcast. */
  public Tensor add(Tensor other) {
    return elementwise("add", other, torch::add);
  }

  /** Adds a number to every element. */
  public Tensor add(Number other) {
    return Call.scalar("add", this, other, torch::add);
  }

  /** Elementwise difference; shapes broadcast. */
  public Tensor sub(Tensor other) {
    return elementwise("sub", other, torch::sub);
  }

  /** Subtracts a number from every element. */
  public Tensor sub(Number other) {
    return Call.scalar("sub", this, other, torch::sub);
  }

  /** Elementwise product; shapes broadcast. */
  public Tensor mul(Tensor other) {
    return elementwise("mul", other, torch::mul);
  }

  /** Multiplies every element by a number. */
  public Tensor mul(Number other) {
    return Call.scalar("mul", this, other, torch::mul);
  }

  /** Elementwise quotient, always floating; shapes broadcast. */
  public Tensor div(Tensor other) {
    return elementwise("div", other, torch::div);
  }

  /** Divides every element by a number; the result is floating. */
  public Tensor div(Number other) {
    return Call.scalar("div", this, other, torch::div);
  }

  /** Raises every element to a power. */
  public Tensor pow(Number exponent) {
    return Call.scalar("pow", this, exponent, torch::pow);
  }

  /** −x. */
  public Tensor neg() {
    return Call.one("neg", this, torch::neg);
  }

  /** |x|. */
  public Tensor abs() {
    return Call.one("abs", this, torch::abs);
  }

  /** eˣ. */
  public Tensor exp() {
    return Call.one("exp", this, torch::exp);
  }

  /** The natural logarithm. */
  public Tensor log() {
    return Call.one("log", this, torch::log);
  }

  /** The square root. */
  public Tensor sqrt() {
    return Call.one("sqrt", this, torch::sqrt);
  }

  /** x². */
  public Tensor square() {
    return Call.one("square", this, torch::square);
  }

  /** 1/(1+e⁻ˣ). */
  public Tensor sigmoid() {
    return Call.one("sigmoid", this, torch::sigmoid);
  }

  /** The hyperbolic tangent. */
  public Tensor tanh() {
    return Call.one("tanh", this, torch::tanh);
  }

  /** Elementwise cosine of angles in radians. */
  public Tensor cos() {
    return Call.one("cos", this, torch::cos);
  }

  /** Elementwise sine of angles in radians. */
  public Tensor sin() {
    return Call.one("sin", this, torch::sin);
  }

  /** max(x, 0). */
  public Tensor relu() {
    return Call.one("relu", this, torch::relu);
  }

  /** −1, 0 or 1 by the sign. */
  public Tensor sign() {
    return Call.one("sign", this, torch::sign);
  }

  /** log(1 + x), exact near 0. */
  public Tensor log1p() {
    return Call.one("log1p", this, torch::log1p);
  }

  /** log|Γ(x)|. */
  public Tensor logGamma() {
    return Call.one("logGamma", this, torch::lgamma);
  }

  /** The elementwise smaller one; shapes broadcast. */
  public Tensor minimum(Tensor other) {
    return elementwise("minimum", other, torch::minimum);
  }

  /** The elementwise larger one; shapes broadcast. */
  public Tensor maximum(Tensor other) {
    return elementwise("maximum", other, torch::maximum);
  }

  /**
   * Elements below {@code low} become {@code low}, those above {@code high} become {@code high}.
   */
  public Tensor clamp(double low, double high) {
    return Call.one(
        "clamp",
        this,
        h -> {
          try (var lowScalar = Call.scalar(low);
              var highScalar = Call.scalar(high);
              var from = new org.bytedeco.pytorch.ScalarOptional(lowScalar);
              var to = new org.bytedeco.pytorch.ScalarOptional(highScalar)) {
            return torch.clamp(h, from, to);
          }
        });
  }

  /** Elementwise equality, a {@link DType#BOOL} tensor; shapes broadcast. */
  public Tensor eq(Tensor other) {
    return elementwise("eq", other, torch::eq);
  }

  /** Whether elements equal a number, a {@link DType#BOOL} tensor. */
  public Tensor eq(Number other) {
    return Call.scalar("eq", this, other, torch::eq);
  }

  /** Elementwise x > y, a {@link DType#BOOL} tensor; shapes broadcast. */
  public Tensor gt(Tensor other) {
    return elementwise("gt", other, torch::gt);
  }

  /** Whether elements are larger than a number, a {@link DType#BOOL} tensor. */
  public Tensor gt(Number other) {
    return Call.scalar("gt", this, other, torch::gt);
  }

  /** Elementwise x < y, a {@link DType#BOOL} tensor; shapes broadcast. */
  public Tensor lt(Tensor other) {
    return elementwise("lt", other, torch::lt);
  }

  /** Whether elements are smaller than a number, a {@link DType#BOOL} tensor. */
  public Tensor lt(Number other) {
    return Call.scalar("lt", this, other, torch::lt);
  }

  /** The opposite of every element, a {@link DType#BOOL} tensor. */
  public Tensor not() {
    return Call.one("not", this, torch::logical_not);
  }

  /** Whether elements are neither infinite nor NaN, a {@link DType#BOOL} tensor. */
  public Tensor isFinite() {
    return Call.one("isFinite", this, torch::isfinite);
  }

  /**
   * Where this {@link DType#BOOL} tensor holds, {@code yes}, elsewhere {@code no}; shapes
   * broadcast.
   */
  public Tensor where(Tensor yes, Tensor no) {
    return Call.three("where", this, yes, no, torch::where);
  }

  // ── reductions ──────────────────────────────────────────────────────────────────────────────

  /** The sum of all elements, a scalar. */
  public Tensor sum() {
    return Call.one("sum", this, torch::sum);
  }

  /** The sum over some dimensions, which disappear. */
  public Tensor sum(int... dimensions) {
    return Call.one("sum", this, h -> torch.sum(h, longs(dimensions), false, NO_DTYPE));
  }

  /** The mean of all elements, a scalar; floating types only. */
  public Tensor mean() {
    return Call.one("mean", this, torch::mean);
  }

  /** The mean over some dimensions, which disappear. */
  public Tensor mean(int... dimensions) {
    return Call.one("mean", this, h -> torch.mean(h, longs(dimensions), false, NO_DTYPE));
  }

  /** The largest elements over some dimensions, which disappear. */
  public Tensor amax(int... dimensions) {
    return Call.one("amax", this, h -> torch.amax(h, longs(dimensions), false));
  }

  /** The smallest elements over some dimensions, which disappear. */
  public Tensor amin(int... dimensions) {
    return Call.one("amin", this, h -> torch.amin(h, longs(dimensions), false));
  }

  /** The index of the largest element along a dimension, int64; the dimension disappears. */
  public Tensor argmax(int dimension) {
    return Call.one(
        "argmax",
        this,
        h -> {
          try (var along = new org.bytedeco.pytorch.LongOptional(dimension)) {
            return torch.argmax(h, along, false);
          }
        });
  }

  /** Whether all elements of this {@link DType#BOOL} tensor hold, a scalar. */
  public Tensor all() {
    return Call.one("all", this, torch::all);
  }

  /** log Σ eˣ over a dimension, which disappears, computed stably. */
  public Tensor logSumExp(int dimension) {
    return Call.one("logSumExp", this, h -> torch.logsumexp(h, new long[] {dimension}, false));
  }

  /**
   * The places of the {@code count} largest elements of the last dimension, largest first, int64.
   */
  public Tensor topPlaces(long count) {
    return Call.many(
            "topPlaces",
            List.of(this),
            h -> {
              try (var both = torch.topk(h[0], count, -1, true, true)) {
                return new org.bytedeco.pytorch.Tensor[] {
                  new org.bytedeco.pytorch.Tensor(both.get1())
                };
              }
            })
        .getFirst();
  }

  // ── shape and place ─────────────────────────────────────────────────────────────────────────

  /** Matrix product, batched over leading dimensions as in NumPy's {@code matmul}. */
  public Tensor matmul(Tensor other) {
    return Call.two("matmul", this, other, torch::matmul);
  }

  /** The same elements in another shape; one size may be −1 and is worked out. */
  public Tensor reshape(long... sizes) {
    return Call.one("reshape", this, h -> torch.reshape(h, sizes));
  }

  /** Joins dimensions {@code from} to {@code to} (inclusive) into one. */
  public Tensor flatten(int from, int to) {
    return Call.one("flatten", this, h -> torch.flatten(h, from, to));
  }

  /** Swaps two dimensions (a view). */
  public Tensor transpose(int first, int second) {
    return Call.one("transpose", this, h -> torch.transpose(h, first, second));
  }

  /** Reorders all dimensions (a view). */
  public Tensor permute(int... dimensions) {
    return Call.one("permute", this, h -> torch.permute(h, longs(dimensions)));
  }

  /** Inserts a dimension of size 1 (a view). */
  public Tensor unsqueeze(int dimension) {
    return Call.one("unsqueeze", this, h -> torch.unsqueeze(h, dimension));
  }

  /** Repeats dimensions of size 1 up to these sizes (a view). */
  public Tensor expand(long... sizes) {
    return Call.one("expand", this, h -> h.expand(sizes, false));
  }

  /** The slices along a dimension in reverse order. */
  public Tensor flip(int dimension) {
    return Call.one("flip", this, h -> torch.flip(h, dimension));
  }

  /** Removes a dimension of size 1 (a view); another size stays as it is. */
  public Tensor squeeze(int dimension) {
    return Call.one("squeeze", this, h -> torch.squeeze(h, dimension));
  }

  /** {@code length} slices along a dimension, from {@code start} (a view). */
  public Tensor narrow(int dimension, long start, long length) {
    return Call.one("narrow", this, h -> torch.narrow(h, dimension, start, length));
  }

  /** One slice along a dimension, which disappears (a view). */
  public Tensor select(int dimension, long index) {
    return Call.one("select", this, h -> torch.select(h, dimension, index));
  }

  /** The slices along a dimension that an int64 or int32 index names, in its order. */
  public Tensor indexSelect(int dimension, Tensor index) {
    return Call.two("indexSelect", this, index, (h, i) -> torch.index_select(h, dimension, i));
  }

  /** The element along a dimension that an int64 index of the same rank names. */
  public Tensor gather(int dimension, Tensor index) {
    return Call.two("gather", this, index, (h, i) -> torch.gather(h, dimension, i));
  }

  /** The tensors joined along an existing dimension. */
  public static Tensor concat(List<Tensor> tensors, int dimension) {
    return joined("concat", tensors, all -> torch.cat(all, dimension));
  }

  /** The tensors joined along a new dimension. */
  public static Tensor stack(List<Tensor> tensors, int dimension) {
    return joined("stack", tensors, all -> torch.stack(all, dimension));
  }

  /** The same values in another element type; the tensor itself where it has that type already. */
  public Tensor to(DType dtype) {
    return Call.one("to", this, h -> h.to(dtype.scalarType()));
  }

  /** The same values on another device. */
  public Tensor to(Device device) {
    return Call.one(
        "to",
        this,
        h -> {
          try (var target = device.handle()) {
            return h.to(target, h.scalar_type());
          }
        });
  }

  /** The same values laid out row by row; the tensor itself where it is so already. */
  public Tensor contiguous() {
    return Call.one("contiguous", this, org.bytedeco.pytorch.Tensor::contiguous);
  }

  /** A copy with memory of its own; gradients flow through. */
  public Tensor copy() {
    return Call.one("copy", this, org.bytedeco.pytorch.Tensor::clone);
  }

  // ── in place ────────────────────────────────────────────────────────────────────────────────

  /** Adds {@code factor}·other. */
  public Tensor addInPlace(Tensor other, double factor) {
    return Call.inPlace(
        "addInPlace",
        this,
        other,
        (h, o) -> {
          try (var scalar = Call.scalar(factor)) {
            return h.add_(o, scalar);
          }
        });
  }

  /** Adds a number to every element. */
  public Tensor addInPlace(double number) {
    return Call.inPlace(
        "addInPlace",
        this,
        h -> {
          try (var scalar = Call.scalar(number)) {
            return h.add_(scalar);
          }
        });
  }

  /** Multiplies every element. */
  public Tensor mulInPlace(double factor) {
    return Call.inPlace(
        "mulInPlace",
        this,
        h -> {
          try (var scalar = Call.scalar(factor)) {
            return h.mul_(scalar);
          }
        });
  }

  /** Sets every element. */
  public Tensor fillInPlace(double value) {
    return Call.inPlace(
        "fillInPlace",
        this,
        h -> {
          try (var scalar = Call.scalar(value)) {
            return h.fill_(scalar);
          }
        });
  }

  /** Takes over another tensor's values; its shape must broadcast to this one's. */
  public Tensor copyInPlace(Tensor other) {
    return Call.inPlace("copyInPlace", this, other, (h, o) -> h.copy_(o));
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────

  private Tensor elementwise(String operator, Tensor other, Call.Binary call) {
    try {
      return Call.two(operator, this, other, call);
    } catch (TensorException e) {
      if (e.key().equals("refused") && !shape().broadcastsWith(other.shape())) {
        throw new TensorException("broadcast", operator, shape(), other.shape());
      }
      throw e;
    }
  }

  private static Tensor joined(
      String operator,
      List<Tensor> tensors,
      java.util.function.Function<TensorVector, org.bytedeco.pytorch.Tensor> join) {
    if (tensors.isEmpty()) {
      throw new TensorException("list.empty", operator);
    }
    Scope scope = Scope.current();
    int entered = 0;
    try (TensorVector all = new TensorVector()) {
      for (Tensor tensor : tensors) {
        all.push_back(tensor.enter(operator));
        entered++;
      }
      return new Tensor(join.apply(all), scope);
    } catch (RuntimeException e) {
      throw Call.failed(operator, e, tensors.toArray(new Tensor[0]));
    } finally {
      for (int i = 0; i < entered; i++) {
        tensors.get(i).leave();
      }
    }
  }

  private static long[] longs(int[] values) {
    long[] longs = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      longs[i] = values[i];
    }
    return longs;
  }
}

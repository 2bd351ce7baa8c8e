package io.millrace.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.bytedeco.pytorch.BoolOptional;
import org.jspecify.annotations.Nullable;

/**
 * One native tensor's life: its handle, its scope, the checks before every call, what it is, its
 * gradient and its way to Java. {@link Tensor} adds the operators.
 */
abstract sealed class NativeTensor implements AutoCloseable permits Tensor {
  private org.bytedeco.pytorch.@Nullable Tensor handle;
  private volatile Scope scope;

  /** This tensor's place in its scope's list. */
  int slot;

  NativeTensor(org.bytedeco.pytorch.Tensor handle, Scope scope) {
    if (!handle.defined()) {
      handle.close();
      throw new TensorException("undefined");
    }
    this.handle = handle;
    this.scope = scope;
    scope.add(self());
  }

  private Tensor self() {
    return (Tensor) this;
  }

  // ── what it is ──────────────────────────────────────────────────────────────────────────────

  /** The sizes of the dimensions. */
  public Shape shape() {
    return ask("shape", NativeTensor::shapeOf);
  }

  /** The number of dimensions. */
  public int rank() {
    return ask("rank", h -> (int) h.dim());
  }

  /** The size of one dimension. */
  public long size(int dimension) {
    return shape().size(dimension);
  }

  /** The number of elements. */
  public long elements() {
    return ask("elements", org.bytedeco.pytorch.Tensor::numel);
  }

  /** The element type. */
  public DType dtype() {
    return ask("dtype", h -> DType.of(h.scalar_type()));
  }

  /** Where it lives. */
  public Device device() {
    return ask(
        "device",
        h -> {
          try (org.bytedeco.pytorch.Device device = h.device()) {
            return Device.of(device);
          }
        });
  }

  /** Whether gradients flow to or through this tensor. */
  public boolean tracksGradient() {
    return ask("tracksGradient", org.bytedeco.pytorch.Tensor::requires_grad);
  }

  /** Whether the tensor can still be used. */
  public boolean isAlive() {
    return handle != null;
  }

  // ── gradients ───────────────────────────────────────────────────────────────────────────────

  /** Makes gradients flow to this leaf; floating types only. Returns the tensor itself. */
  public Tensor trackGradient() {
    return Call.inPlace("trackGradient", self(), h -> h.set_requires_grad(true));
  }

  /** Ends {@link #trackGradient} for this leaf. Returns the tensor itself. */
  public Tensor dropGradient() {
    return Call.inPlace("dropGradient", self(), h -> h.set_requires_grad(false));
  }

  /** The same values, cut off from the gradient's way (shares memory). */
  public Tensor detach() {
    return Call.one("detach", self(), org.bytedeco.pytorch.Tensor::detach);
  }

  /**
   * Works out the gradients of this scalar for every leaf that tracks them, adding to what is
   * there.
   */
  public void backward() {
    Call.inPlace(
        "backward",
        self(),
        h -> {
          h.backward();
          return h;
        });
  }

  /** Works out gradients, given the gradient of this tensor itself (same shape). */
  public void backward(Tensor gradient) {
    Call.inPlace(
        "backward",
        self(),
        gradient,
        (h, g) -> {
          try (var none = new BoolOptional();
              var inputs = new org.bytedeco.pytorch.TensorArrayRefOptional()) {
            h.backward(g, none, false, inputs);
            return h;
          }
        });
  }

  /**
   * The gradient of this scalar for one input, without touching the gradients of anything else:
   * safe while other threads compute with the same weights.
   *
   * @param input a tensor that tracks its gradient and that this scalar depends on
   */
  public Tensor gradientFor(Tensor input) {
    return Call.two(
        "gradientFor",
        self(),
        input,
        (h, x) -> {
          try (var outputs = new org.bytedeco.pytorch.TensorVector(h);
              var inputs = new org.bytedeco.pytorch.TensorVector(x);
              var gradients = org.bytedeco.pytorch.global.torch.grad(outputs, inputs)) {
            return new org.bytedeco.pytorch.Tensor(gradients.get(0));
          }
        });
  }

  /**
   * The gradient that {@link #backward} left here, if any; it shares memory with the stored one.
   */
  public Optional<Tensor> gradient() {
    org.bytedeco.pytorch.Tensor h = enter("gradient");
    try {
      org.bytedeco.pytorch.Tensor gradient = h.grad();
      if (!gradient.defined()) {
        gradient.close();
        return Optional.empty();
      }
      // A reference of our own: the stored one dies with this tensor.
      org.bytedeco.pytorch.Tensor own = new org.bytedeco.pytorch.Tensor(gradient);
      gradient.close();
      return Optional.of(new Tensor(own, Scope.current()));
    } finally {
      leave();
    }
  }

  /** Forgets the gradient. */
  public void clearGradient() {
    Call.inPlace(
        "clearGradient",
        self(),
        h -> {
          h.mutable_grad().reset();
          return h;
        });
  }

  // ── to Java ─────────────────────────────────────────────────────────────────────────────────

  /** The one element as a number; NaN and infinities as they are, booleans as 0 and 1. */
  public double item() {
    if (elements() != 1) {
      throw new TensorException("item", shape());
    }
    return ask("item", org.bytedeco.pytorch.Tensor::item_double);
  }

  /** All elements, row by row, converted to float. */
  public float[] toFloats() {
    return Copies.floats(self());
  }

  /** All elements, row by row, converted to double. */
  public double[] toDoubles() {
    return Copies.doubles(self());
  }

  /** All elements, row by row, converted to long. */
  public long[] toLongs() {
    return Copies.longs(self());
  }

  /** All elements, row by row, in the tensor's own type, little-endian. */
  public byte[] toBytes() {
    return Copies.bytes(self());
  }

  /**
   * Takes over little-endian elements, row by row, from a segment of exactly {@code elements ×
   * bytes}.
   *
   * @throws TensorException if this is a view with gaps
   */
  public Tensor setInPlace(MemorySegment values) {
    return Copies.into(self(), values);
  }

  /** Copies all elements, row by row, to a segment of exactly {@code elements × bytes}. */
  public void copyTo(MemorySegment target) {
    Copies.copyTo(self(), target);
  }

  // ── life ────────────────────────────────────────────────────────────────────────────────────

  /** Frees the tensor before its scope closes. Closing twice does nothing. */
  @Override
  public void close() {
    if (handle != null) {
      scope.check("close");
      scope.remove(self());
      free();
    }
  }

  /** Shape, type and place; never throws, whatever state the tensor is in. */
  @Override
  public String toString() {
    return "Tensor" + describe();
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────

  interface Question<T> {
    T of(org.bytedeco.pytorch.Tensor handle);
  }

  <T> T ask(String operator, Question<T> question) {
    org.bytedeco.pytorch.Tensor h = enter(operator);
    try {
      return question.of(h);
    } catch (RuntimeException e) {
      throw Call.failed(operator, e, self());
    } finally {
      leave();
    }
  }

  /** The native handle, after the checks; every enter needs its {@link #leave}. */
  org.bytedeco.pytorch.Tensor enter(String operator) {
    Scope entered = scope;
    entered.enter(operator);
    org.bytedeco.pytorch.Tensor h = handle;
    if (h == null) {
      entered.leave();
      throw new TensorException("tensor.closed", operator);
    }
    return h;
  }

  void leave() {
    scope.leave();
  }

  void move(String operator, Scope target) {
    scope.check(operator);
    if (handle == null) {
      throw new TensorException("tensor.closed", operator);
    }
    if (!scope.isConfined()) {
      // Another thread may be in a call on it.
      throw new TensorException("scope.shared", operator);
    }
    scope.remove(self());
    scope = target;
    target.add(self());
  }

  void free() {
    org.bytedeco.pytorch.Tensor h = handle;
    handle = null;
    if (h != null) {
      h.close();
    }
  }

  /** Asks the handle itself, not through {@link #ask}, whose errors are made with this text. */
  String describe() {
    org.bytedeco.pytorch.Tensor h = handle;
    if (h == null) {
      return "[closed]";
    }
    try {
      scope.enter("describe");
    } catch (TensorException e) {
      return "[closed]";
    }
    try {
      long[] sizes = new long[(int) h.dim()];
      for (int i = 0; i < sizes.length; i++) {
        sizes[i] = h.size(i);
      }
      return java.util.Arrays.toString(sizes) + " " + DType.of(h.scalar_type());
    } catch (RuntimeException e) {
      return "[?]";
    } finally {
      scope.leave();
    }
  }

  private static Shape shapeOf(org.bytedeco.pytorch.Tensor h) {
    long[] sizes = new long[(int) h.dim()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = h.size(i);
    }
    return Shape.of(sizes);
  }
}

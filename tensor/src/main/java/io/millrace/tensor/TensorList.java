package io.millrace.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Type;

/**
 * Many tensors changed by one native call: libtorch's {@code _foreach} operators, which optimizers,
 * clipping and averages are made of. The tensors stay their owners'; results belong to the current
 * scope. Lists that meet in a call must agree in number, shapes and types. Nothing here records
 * gradients.
 */
public final class TensorList implements AutoCloseable {
  private static final Map<String, OperatorHandle> KNOWN = new ConcurrentHashMap<>();

  private final List<Tensor> tensors;
  private final List<String> signature;
  private final IValue value;
  private boolean closed;

  private TensorList(List<Tensor> tensors) {
    this.tensors = List.copyOf(tensors);
    List<String> described = new ArrayList<>();
    for (Tensor tensor : tensors) {
      Call.require(tensor.isAlive(), "list", "tensor", tensor.describe(), "a live tensor");
      Call.require(
          tensor.dtype().isFloating(), "list", "tensor", tensor.describe(), "floating numbers");
      described.add(tensor.describe() + " " + tensor.device());
    }
    this.signature = described;
    this.value = Boxed.list(ElementType.TENSOR, this.tensors);
  }

  /** A list of these tensors. */
  public static TensorList of(List<Tensor> tensors) {
    if (tensors.isEmpty()) {
      throw new TensorException("list.empty", "TensorList");
    }
    return new TensorList(tensors);
  }

  /**
   * The gradients that {@code backward} left at parameters; they share memory with the stored ones.
   *
   * @throws TensorException if one has none
   */
  public static TensorList gradients(List<Tensor> parameters) {
    List<Tensor> gradients = new ArrayList<>();
    for (Tensor parameter : parameters) {
      gradients.add(
          parameter
              .gradient()
              .orElseThrow(() -> new TensorException("gradient.missing", parameter.describe())));
    }
    return of(gradients);
  }

  /** The tensors. */
  public List<Tensor> tensors() {
    return tensors;
  }

  /** Adds factor·other. */
  public TensorList addInPlace(TensorList other, double factor) {
    same("addInPlace", other);
    return inPlace(
        "aten::_foreach_add_.List",
        stack -> {
          stack.push_back(other.value);
          Boxed.pushScalar(stack, factor);
        },
        other);
  }

  /** Adds a number to every element. */
  public TensorList addInPlace(double number) {
    return inPlace("aten::_foreach_add_.Scalar", stack -> Boxed.pushScalar(stack, number));
  }

  /** Multiplies every element by a number. */
  public TensorList mulInPlace(double factor) {
    return inPlace("aten::_foreach_mul_.Scalar", stack -> Boxed.pushScalar(stack, factor));
  }

  /** Multiplies every element by a scalar tensor, without asking for its value. */
  public TensorList mulInPlace(Tensor factor) {
    Call.require(
        factor.rank() == 0 && factor.dtype().isFloating(),
        "mulInPlace",
        "factor",
        factor.describe(),
        "a floating scalar");
    for (Tensor tensor : tensors) {
      Call.require(
          tensor.dtype() == factor.dtype(), "mulInPlace", "factor", factor.describe(), "its type");
    }
    org.bytedeco.pytorch.Tensor handle = factor.enter("mulInPlace");
    try (IValue one = new IValue(handle)) {
      return inPlace("aten::_foreach_mul_.Tensor", stack -> stack.push_back(one));
    } finally {
      factor.leave();
    }
  }

  /** Multiplies by another list. */
  public TensorList mulInPlace(TensorList other) {
    same("mulInPlace", other);
    return inPlace("aten::_foreach_mul_.List", stack -> stack.push_back(other.value), other);
  }

  /** Divides by another list. */
  public TensorList divInPlace(TensorList other) {
    same("divInPlace", other);
    return inPlace("aten::_foreach_div_.List", stack -> stack.push_back(other.value), other);
  }

  /** Adds factor·a·b. */
  public TensorList addProductInPlace(TensorList a, TensorList b, double factor) {
    same("addProductInPlace", a);
    same("addProductInPlace", b);
    return inPlace(
        "aten::_foreach_addcmul_.Scalar",
        stack -> {
          stack.push_back(a.value);
          stack.push_back(b.value);
          Boxed.pushScalar(stack, factor);
        },
        a,
        b);
  }

  /** Adds factor·a/b. */
  public TensorList addQuotientInPlace(TensorList a, TensorList b, double factor) {
    same("addQuotientInPlace", a);
    same("addQuotientInPlace", b);
    return inPlace(
        "aten::_foreach_addcdiv_.Scalar",
        stack -> {
          stack.push_back(a.value);
          stack.push_back(b.value);
          Boxed.pushScalar(stack, factor);
        },
        a,
        b);
  }

  /** Moves towards another list: self + weight·(other − self). */
  public TensorList lerpInPlace(TensorList other, double weight) {
    same("lerpInPlace", other);
    return inPlace(
        "aten::_foreach_lerp_.Scalar",
        stack -> {
          stack.push_back(other.value);
          Boxed.pushScalar(stack, weight);
        },
        other);
  }

  /** The larger of both, element by element. */
  public TensorList maximumInPlace(TensorList other) {
    same("maximumInPlace", other);
    return inPlace("aten::_foreach_maximum_.List", stack -> stack.push_back(other.value), other);
  }

  /** Holds every element between −bound and bound. */
  public TensorList clampInPlace(double bound) {
    inPlace("aten::_foreach_clamp_max_.Scalar", stack -> Boxed.pushScalar(stack, bound));
    return inPlace("aten::_foreach_clamp_min_.Scalar", stack -> Boxed.pushScalar(stack, -bound));
  }

  /** Takes over another list's values. */
  public TensorList copyInPlace(TensorList other) {
    same("copyInPlace", other);
    return inPlace(
        "aten::_foreach_copy_",
        stack -> {
          stack.push_back(other.value);
          Boxed.push(stack, false);
        },
        other);
  }

  /** The square roots. */
  public TensorList sqrt() {
    return made("aten::_foreach_sqrt", stack -> {});
  }

  /** The signs. */
  public TensorList sign() {
    return made("aten::_foreach_sign", stack -> {});
  }

  /** The products with a number. */
  public TensorList mul(double factor) {
    return made("aten::_foreach_mul.Scalar", stack -> Boxed.pushScalar(stack, factor));
  }

  /** The Euclidean norm of each tensor, scalars. */
  public TensorList norms() {
    return made(
        "aten::_foreach_norm.Scalar",
        stack -> {
          Boxed.pushScalar(stack, 2);
          Boxed.pushNone(stack);
        });
  }

  private TensorList inPlace(String name, Consumer<IValueVector> push, TensorList... others) {
    run(name, push, others).close();
    return this;
  }

  private TensorList made(String name, Consumer<IValueVector> push) {
    Scope scope = Scope.current();
    List<Tensor> results = new ArrayList<>();
    try (IValueVector stack = run(name, push);
        GenericList list = stack.get(0).toList()) {
      for (long i = 0; i < list.size(); i++) {
        try (IValue item = list.get(i)) {
          org.bytedeco.pytorch.Tensor tensor = item.toTensor();
          results.add(new Tensor(new org.bytedeco.pytorch.Tensor(tensor), scope));
          tensor.close();
        }
      }
    }
    return of(results);
  }

  private IValueVector run(String name, Consumer<IValueVector> push, TensorList... others) {
    check(name);
    for (TensorList other : others) {
      other.check(name);
    }
    List<Tensor> entered = new ArrayList<>();
    IValueVector stack = new IValueVector();
    try (Mode mode = Mode.noGradient()) {
      enter(name, entered);
      for (TensorList other : others) {
        other.enter(name, entered);
      }
      stack.push_back(value);
      push.accept(stack);
      handle(name).callBoxed(stack);
      return stack;
    } catch (RuntimeException e) {
      stack.close();
      throw Call.failed(name, e, tensors.getFirst());
    } finally {
      entered.forEach(Tensor::leave);
    }
  }

  private void enter(String name, List<Tensor> entered) {
    for (Tensor tensor : tensors) {
      tensor.enter(name);
      entered.add(tensor);
    }
  }

  private void check(String name) {
    if (closed) {
      throw new TensorException("tensor.closed", name);
    }
  }

  private void same(String name, TensorList other) {
    if (!signature.equals(other.signature)) {
      throw new TensorException("shapes.differ", name, signature, other.signature);
    }
  }

  private static OperatorHandle handle(String name) {
    return KNOWN.computeIfAbsent(
        name,
        full -> {
          int dot = full.indexOf('.');
          return dot < 0
              ? Boxed.find(full, "")
              : Boxed.find(full.substring(0, dot), full.substring(dot + 1));
        });
  }

  /** Asked for once: every answer is a native object of its own. */
  private static final class ElementType {
    private static final Type.TypePtr TENSOR = Boxed.elementType(handle("aten::_foreach_sqrt"));
  }

  /** Frees the list; the tensors stay. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      value.close();
    }
  }

  @Override
  public String toString() {
    return "TensorList" + Arrays.toString(signature.toArray());
  }
}

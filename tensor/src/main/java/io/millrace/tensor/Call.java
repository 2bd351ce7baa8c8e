package io.millrace.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.jspecify.annotations.Nullable;

/**
 * How every typed operator reaches libtorch: check that the tensors live and belong to this thread,
 * call, free what was made only for the call, turn a C++ error into a {@link TensorException} that
 * names all sides, and hand the result to the current scope.
 */
final class Call {
  interface Unary {
    org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor a);
  }

  interface Binary {
    org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor a, org.bytedeco.pytorch.Tensor b);
  }

  interface Ternary {
    org.bytedeco.pytorch.Tensor apply(
        org.bytedeco.pytorch.Tensor a,
        org.bytedeco.pytorch.Tensor b,
        org.bytedeco.pytorch.Tensor c);
  }

  interface WithScalar {
    org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor a, Scalar b);
  }

  interface Making {
    org.bytedeco.pytorch.Tensor make();
  }

  private Call() {}

  static Tensor make(String operator, Making making) {
    Engine.start();
    Scope scope = Scope.current();
    try {
      return new Tensor(making.make(), scope);
    } catch (TensorException e) {
      throw e;
    } catch (RuntimeException e) {
      throw TensorException.refused(operator, "", e);
    }
  }

  static Tensor one(String operator, Tensor a, Unary call) {
    Scope scope = Scope.current();
    org.bytedeco.pytorch.Tensor handle = a.enter(operator);
    try {
      return new Tensor(call.apply(handle), scope);
    } catch (RuntimeException e) {
      throw failed(operator, e, a);
    } finally {
      a.leave();
    }
  }

  static Tensor two(String operator, Tensor a, Tensor b, Binary call) {
    Scope scope = Scope.current();
    org.bytedeco.pytorch.Tensor first = a.enter(operator);
    try {
      org.bytedeco.pytorch.Tensor second = b.enter(operator);
      try {
        return new Tensor(call.apply(first, second), scope);
      } catch (RuntimeException e) {
        throw failed(operator, e, a, b);
      } finally {
        b.leave();
      }
    } finally {
      a.leave();
    }
  }

  static Tensor three(String operator, Tensor a, Tensor b, Tensor c, Ternary call) {
    org.bytedeco.pytorch.Tensor third = c.enter(operator);
    try {
      return two(operator, a, b, (first, second) -> call.apply(first, second, third));
    } catch (TensorException e) {
      throw e.key().equals("refused") && e.getCause() != null
          ? failed(operator, (RuntimeException) e.getCause(), a, b, c)
          : e;
    } finally {
      c.leave();
    }
  }

  interface Many {
    org.bytedeco.pytorch.Tensor[] apply(org.bytedeco.pytorch.Tensor[] handles);
  }

  /** Any number of tensors in, some out; {@code null} stands for an absent one. */
  static List<Tensor> many(String operator, List<? extends @Nullable Tensor> tensors, Many call) {
    Scope scope = Scope.current();
    org.bytedeco.pytorch.Tensor[] handles = new org.bytedeco.pytorch.Tensor[tensors.size()];
    int entered = 0;
    try {
      for (Tensor tensor : tensors) {
        if (tensor != null) {
          handles[entered] = tensor.enter(operator);
        }
        entered++;
      }
      List<Tensor> results = new ArrayList<>();
      for (org.bytedeco.pytorch.Tensor result : call.apply(handles)) {
        results.add(new Tensor(result, scope));
      }
      return results;
    } catch (RuntimeException e) {
      throw failed(operator, e, tensors.stream().filter(Objects::nonNull).toArray(Tensor[]::new));
    } finally {
      for (int i = 0; i < entered; i++) {
        Tensor tensor = tensors.get(i);
        if (tensor != null) {
          tensor.leave();
        }
      }
    }
  }

  interface Asking<R> {
    R apply(org.bytedeco.pytorch.Tensor[] handles);
  }

  /** Some tensors in, something else out, which the caller owns. */
  static <R> R ask(String operator, List<Tensor> tensors, Asking<R> call) {
    org.bytedeco.pytorch.Tensor[] handles = new org.bytedeco.pytorch.Tensor[tensors.size()];
    int entered = 0;
    try {
      for (Tensor tensor : tensors) {
        handles[entered] = tensor.enter(operator);
        entered++;
      }
      return call.apply(handles);
    } catch (RuntimeException e) {
      throw failed(operator, e, tensors.toArray(Tensor[]::new));
    } finally {
      for (int i = 0; i < entered; i++) {
        tensors.get(i).leave();
      }
    }
  }

  /** The native optional of a handle that may be absent. */
  static org.bytedeco.pytorch.TensorOptional optional(
      org.bytedeco.pytorch.@Nullable Tensor handle) {
    return handle == null
        ? new org.bytedeco.pytorch.TensorOptional()
        : new org.bytedeco.pytorch.TensorOptional(handle);
  }

  /** Refuses an argument that is not so; the message names operator, argument and expectation. */
  static void require(
      boolean holds, String operator, String argument, Object value, String expected) {
    if (!holds) {
      throw new TensorException("argument", operator, argument, value, expected);
    }
  }

  static Tensor scalar(String operator, Tensor a, Number value, WithScalar call) {
    return one(
        operator,
        a,
        handle -> {
          try (Scalar scalar = scalar(value)) {
            return call.apply(handle, scalar);
          }
        });
  }

  /** Runs a call whose result is not a tensor of ours, or which works in place. */
  static Tensor inPlace(String operator, Tensor a, Unary call) {
    org.bytedeco.pytorch.Tensor handle = a.enter(operator);
    try {
      closeAlias(handle, call.apply(handle));
      return a;
    } catch (RuntimeException e) {
      throw failed(operator, e, a);
    } finally {
      a.leave();
    }
  }

  /** Runs an in-place call with a second tensor. */
  static Tensor inPlace(String operator, Tensor a, Tensor b, Binary call) {
    org.bytedeco.pytorch.Tensor second = b.enter(operator);
    try {
      return inPlace(operator, a, first -> call.apply(first, second));
    } catch (TensorException e) {
      throw e.key().equals("refused") && e.getCause() != null
          ? failed(operator, (RuntimeException) e.getCause(), a, b)
          : e;
    } finally {
      b.leave();
    }
  }

  private static void closeAlias(Pointer original, Pointer result) {
    // In-place operators return a second Java object for the same C++ reference; it owns nothing.
    if (result != original && result.address() != original.address()) {
      result.close();
    }
  }

  static Scalar scalar(Number value) {
    return value instanceof Double || value instanceof Float
        ? new Scalar(value.doubleValue())
        : new Scalar(value.longValue());
  }

  static RuntimeException failed(String operator, RuntimeException cause, Tensor... sides) {
    if (cause instanceof TensorException) {
      return cause;
    }
    StringBuilder text = new StringBuilder();
    for (Tensor side : sides) {
      text.append(text.isEmpty() ? "" : ", ").append(side.describe());
    }
    return TensorException.refused(operator, text.toString(), cause);
  }
}

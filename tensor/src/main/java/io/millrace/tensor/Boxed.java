package io.millrace.tensor;

import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.FunctionSchema;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Type;

/** Puts arguments onto the stack of an operator that the binding has no method for. */
final class Boxed {
  private Boxed() {}

  static OperatorHandle find(String name, String overload) {
    Engine.start();
    return Dispatcher.singleton().findSchemaOrThrow(name, overload);
  }

  /** The element type of an operator's first argument, which is a list of tensors. */
  static Type.TypePtr elementType(OperatorHandle handle) {
    FunctionSchema schema = handle.schema();
    return schema.arguments().getPointer(0).type().get().containedType(0);
  }

  static IValue list(Type.TypePtr type, List<Tensor> tensors) {
    try (GenericList list = new GenericList(type)) {
      for (Tensor tensor : tensors) {
        try (IValue value = new IValue(tensor.enter("list"))) {
          list.push_back(value);
        } finally {
          tensor.leave();
        }
      }
      return new IValue(list);
    }
  }

  /**
   * The gradients that {@code backward} left at parameters, as a list.
   *
   * @throws TensorException if one has none
   */
  static IValue gradients(Type.TypePtr type, List<Tensor> parameters) {
    try (GenericList list = new GenericList(type)) {
      for (Tensor parameter : parameters) {
        org.bytedeco.pytorch.Tensor handle = parameter.enter("step");
        try (org.bytedeco.pytorch.Tensor gradient = handle.grad()) {
          if (!gradient.defined()) {
            throw new TensorException("gradient.missing", parameter.describe());
          }
          try (org.bytedeco.pytorch.Tensor rows = gradient.contiguous();
              IValue value = new IValue(rows)) {
            list.push_back(value);
          }
        } finally {
          parameter.leave();
        }
      }
      return new IValue(list);
    }
  }

  static void push(IValueVector stack, double number) {
    try (IValue value = new IValue(number)) {
      stack.push_back(value);
    }
  }

  static void pushScalar(IValueVector stack, double number) {
    try (Scalar scalar = new Scalar(number);
        IValue value = new IValue(scalar)) {
      stack.push_back(value);
    }
  }

  static void push(IValueVector stack, boolean flag) {
    try (IValue value = new IValue(flag)) {
      stack.push_back(value);
    }
  }

  /** The tensor that a call left on its stack. */
  static org.bytedeco.pytorch.Tensor result(IValueVector stack) {
    try (org.bytedeco.pytorch.Tensor result = stack.get(0).toTensor()) {
      return new org.bytedeco.pytorch.Tensor(result);
    }
  }

  static void pushNone(IValueVector stack) {
    try (IValue value = new IValue()) {
      stack.push_back(value);
    }
  }
}

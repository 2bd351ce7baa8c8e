package io.millrace.tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.jspecify.annotations.Nullable;

/** Turns what an operator left on its stack into Java values. */
final class Results {
  private Results() {}

  static List<@Nullable Object> of(IValueVector stack, int count, Scope scope) {
    List<@Nullable Object> values = new ArrayList<>(count);
    for (long i = stack.size() - count; i < stack.size(); i++) {
      values.add(value(stack.get(i), scope));
    }
    return Collections.unmodifiableList(values);
  }

  private static @Nullable Object value(IValue value, Scope scope) {
    if (value.isNone()) {
      return null;
    }
    if (value.isTensor()) {
      org.bytedeco.pytorch.Tensor tensor = value.toTensor();
      if (!tensor.defined()) {
        tensor.close();
        return null;
      }
      // The stack's reference dies with the stack: take one of our own.
      org.bytedeco.pytorch.Tensor own = new org.bytedeco.pytorch.Tensor(tensor);
      tensor.close();
      return new Tensor(own, scope);
    }
    if (value.isInt()) {
      return value.toInt();
    }
    if (value.isDouble()) {
      return value.toDouble();
    }
    if (value.isBool()) {
      return value.toBool();
    }
    if (value.isString()) {
      return Text.of(value.toStringRef());
    }
    if (value.isList()) {
      List<@Nullable Object> items = new ArrayList<>();
      try (GenericList list = value.toList()) {
        for (long i = 0; i < list.size(); i++) {
          try (IValue item = list.get(i)) {
            items.add(value(item, scope));
          }
        }
      }
      return Collections.unmodifiableList(items);
    }
    throw new TensorException("operator.result", Text.of(value.tagKind()));
  }
}

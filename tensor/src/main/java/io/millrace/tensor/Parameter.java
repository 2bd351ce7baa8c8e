package io.millrace.tensor;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Argument;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueOptional;
import org.bytedeco.pytorch.Type;
import org.jspecify.annotations.Nullable;

/** One parameter of an operator: its schema type, and how a Java value becomes it. */
record Parameter(
    String name, String type, Type.TypePtr nativeType, @Nullable IValueOptional fallback) {

  static Parameter of(Argument argument) {
    Type.TypePtr shown = argument.real_type();
    IValueOptional fallback = argument.default_value();
    return new Parameter(
        Text.of(argument.name()),
        Text.of(shown.get().repr_str()),
        argument.type(),
        fallback.has_value() ? fallback : null);
  }

  @Nullable IValue defaultValue() {
    return fallback == null ? null : new IValue(fallback.get());
  }

  IValue convert(
      String operator, @Nullable Object value, List<Tensor> entered, List<Pointer> temporary) {
    return convert(operator, type, nativeType.get(), value, entered, temporary);
  }

  private IValue convert(
      String operator,
      String type,
      Type nativeType,
      @Nullable Object value,
      List<Tensor> entered,
      List<Pointer> temporary) {
    if (type.startsWith("Optional[")) {
      if (value == null) {
        return new IValue();
      }
      Type element = element(nativeType, temporary).get();
      return convert(operator, inner(type), element, value, entered, temporary);
    }
    if (type.startsWith("List[")) {
      return list(operator, type, nativeType, value, entered, temporary);
    }
    switch (type) {
      case "Tensor" -> {
        if (value instanceof Tensor tensor) {
          IValue converted = new IValue(tensor.enter(operator));
          entered.add(tensor);
          return converted;
        }
      }
      case "number" -> {
        if (value instanceof Boolean flag) {
          return new IValue((boolean) flag);
        }
        if (value instanceof Double || value instanceof Float) {
          return new IValue(((Number) value).doubleValue());
        }
        if (value instanceof Number number && isWhole(number)) {
          return new IValue(number.longValue());
        }
      }
      case "int", "SymInt" -> {
        if (value instanceof Number number && isWhole(number)) {
          return new IValue(number.longValue());
        }
      }
      case "float" -> {
        if (value instanceof Number number) {
          return new IValue(number.doubleValue());
        }
      }
      case "bool" -> {
        if (value instanceof Boolean flag) {
          return new IValue((boolean) flag);
        }
      }
      case "str" -> {
        if (value instanceof String text && text.indexOf('\0') < 0) {
          return new IValue(text);
        }
      }
      case "ScalarType" -> {
        if (value instanceof DType dtype) {
          return new IValue((long) dtype.scalarType().value);
        }
      }
      case "Device" -> {
        if (value instanceof Device device) {
          try (var handle = device.handle()) {
            return new IValue(handle);
          }
        }
      }
      case "Layout" -> {
        if ("strided".equals(value)) {
          return new IValue(0L);
        }
      }
      case "MemoryFormat" -> {
        int format = value instanceof String text ? MEMORY_FORMATS.indexOf(text) : -1;
        if (format >= 0) {
          return new IValue((long) format);
        }
      }
      default -> throw new TensorException("operator.type", operator, name, type);
    }
    throw mismatch(operator, value);
  }

  private static final List<String> MEMORY_FORMATS =
      List.of("contiguous", "preserve", "channels_last", "channels_last_3d");

  private IValue list(
      String operator,
      String type,
      Type nativeType,
      @Nullable Object value,
      List<Tensor> entered,
      List<Pointer> temporary) {
    List<@Nullable Object> items = items(value);
    if (items == null) {
      throw mismatch(operator, value);
    }
    Type.TypePtr element = element(nativeType, temporary);
    GenericList list = new GenericList(element);
    temporary.add(list);
    for (Object item : items) {
      IValue converted = convert(operator, inner(type), element.get(), item, entered, temporary);
      temporary.add(converted);
      list.push_back(converted);
    }
    return new IValue(list);
  }

  /** What an option or a list is of: each time asked for a new reference, which has to be freed. */
  private static Type.TypePtr element(Type nativeType, List<Pointer> temporary) {
    Type.TypePtr element = nativeType.containedType(0);
    temporary.add(element);
    return element;
  }

  private static @Nullable List<@Nullable Object> items(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return new ArrayList<>(list);
    }
    if (value == null || !value.getClass().isArray()) {
      return null;
    }
    List<@Nullable Object> items = new ArrayList<>();
    for (int i = 0; i < Array.getLength(value); i++) {
      items.add(Array.get(value, i));
    }
    return items;
  }

  private TensorException mismatch(String operator, @Nullable Object value) {
    String given = value == null ? "null" : value.getClass().getSimpleName();
    return new TensorException("operator.mismatch", operator, name, type, given);
  }

  private static boolean isWhole(Number value) {
    return value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte;
  }

  private static String inner(String type) {
    return type.substring(type.indexOf('[') + 1, type.length() - 1);
  }

  @Override
  public String toString() {
    return type + " " + name + (fallback == null ? "" : "=…");
  }
}

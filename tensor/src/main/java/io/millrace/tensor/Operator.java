package io.millrace.tensor;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Argument;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.FunctionSchema;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.jspecify.annotations.Nullable;

/** One dispatcher operator with its schema; lives as long as the process. */
final class Operator {
  private final String name;
  private final OperatorHandle handle;
  private final List<Parameter> parameters;
  private final int results;

  private Operator(String name, OperatorHandle handle, List<Parameter> parameters, int results) {
    this.name = name;
    this.handle = handle;
    this.parameters = parameters;
    this.results = results;
  }

  /** The operator, or null if there is none of this name with a schema. */
  static @Nullable Operator lookUp(String name) {
    if (!name.matches("[A-Za-z_0-9]+::[A-Za-z_0-9]+(\\.[A-Za-z_0-9]+)?")) {
      return null;
    }
    int dot = name.indexOf('.');
    String base = dot < 0 ? name : name.substring(0, dot);
    String overload = dot < 0 ? "" : name.substring(dot + 1);
    try {
      OperatorHandle handle = Dispatcher.singleton().findSchemaOrThrow(base, overload);
      FunctionSchema schema = handle.schema();
      if (schema.is_vararg() || schema.is_varret()) {
        return null;
      }
      Argument returns = schema.returns();
      return new Operator(
          name, handle, parameters(schema), returns == null ? 0 : (int) returns.limit());
    } catch (RuntimeException e) {
      return null;
    }
  }

  private static List<Parameter> parameters(FunctionSchema schema) {
    List<Parameter> parameters = new ArrayList<>();
    Argument arguments = schema.arguments();
    long count = arguments == null ? 0 : arguments.limit();
    for (long i = 0; i < count; i++) {
      parameters.add(Parameter.of(arguments.getPointer(i)));
    }
    return List.copyOf(parameters);
  }

  List<@Nullable Object> call(@Nullable Object... arguments) {
    if (arguments.length > parameters.size()) {
      throw new TensorException("operator.arguments", name, arguments.length, this);
    }
    Scope scope = Scope.current();
    List<Tensor> entered = new ArrayList<>();
    List<Pointer> temporary = new ArrayList<>();
    try (IValueVector stack = new IValueVector()) {
      for (int i = 0; i < parameters.size(); i++) {
        Parameter parameter = parameters.get(i);
        IValue value;
        if (i < arguments.length) {
          value = parameter.convert(name, arguments[i], entered, temporary);
        } else {
          value = parameter.defaultValue();
          if (value == null) {
            throw new TensorException("operator.missing", name, parameter.name(), this);
          }
        }
        temporary.add(value);
        stack.push_back(value);
      }
      handle.callBoxed(stack);
      return Results.of(stack, results, scope);
    } catch (RuntimeException e) {
      throw Call.failed(name, e, entered.toArray(new Tensor[0]));
    } finally {
      entered.forEach(Tensor::leave);
      temporary.forEach(Pointer::close);
    }
  }

  List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(name).append('(');
    for (Parameter parameter : parameters) {
      text.append(text.charAt(text.length() - 1) == '(' ? "" : ", ").append(parameter);
    }
    return text.append(") -> ").append(results).toString();
  }
}

package io.millrace.tensor;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;

/**
 * libtorch's fused optimizer steps: one native call updates all parameters. The lists that stay the
 * same are built once; only the gradients are collected anew each step. State tensors belong to the
 * caller, who saves and restores them.
 */
public final class FusedOptimizer implements AutoCloseable {
  private final OperatorHandle handle;
  private final List<Tensor> parameters;
  private final List<List<Tensor>> state;
  private final List<IValue> lists = new ArrayList<>();
  private final org.bytedeco.pytorch.Type.TypePtr tensorType;
  private boolean closed;

  private FusedOptimizer(String operator, List<Tensor> parameters, List<List<Tensor>> state) {
    Engine.start();
    this.handle = Boxed.find(operator, "");
    this.tensorType = Boxed.elementType(handle);
    this.parameters = List.copyOf(parameters);
    this.state = state;
    check();
    lists.add(Boxed.list(tensorType, parameters));
    for (List<Tensor> one : state) {
      lists.add(Boxed.list(tensorType, one));
    }
  }

  /**
   * Adam and AdamW (Kingma & Ba 2015; Loshchilov & Hutter 2019) as {@code torch.optim} computes
   * them.
   *
   * @param decoupled AdamW's weight decay instead of Adam's
   * @param mean the first moments, shaped as the parameters, zero at the start
   * @param square the second moments, likewise
   * @param steps float32 scalars, one a parameter: the number of steps so far
   */
  public static FusedOptimizer adam(
      Decay decoupled,
      List<Tensor> parameters,
      List<Tensor> mean,
      List<Tensor> square,
      List<Tensor> steps) {
    return new FusedOptimizer(
        decoupled == Decay.DECOUPLED ? "aten::_fused_adamw_" : "aten::_fused_adam_",
        parameters,
        List.of(mean, square, steps));
  }

  /**
   * Gradient descent with momentum as {@code torch.optim.SGD} computes it.
   *
   * @param momentum the momentum buffers, shaped as the parameters; empty for none
   */
  public static FusedOptimizer sgd(List<Tensor> parameters, List<Tensor> momentum) {
    return new FusedOptimizer("aten::_fused_sgd_", parameters, List.of(momentum));
  }

  /** How weight decay enters: added to the gradient, or taken from the weights. */
  public enum Decay {
    COUPLED,
    DECOUPLED
  }

  /**
   * One step of Adam with the gradients that {@code backward} left at the parameters.
   *
   * @throws TensorException if this was made by {@link #sgd}, or a parameter has no gradient
   */
  public void stepAdam(double rate, double beta1, double beta2, double epsilon, double decay) {
    if (state.size() != 3) {
      throw new TensorException("optimizer.kind", "stepAdam", "sgd");
    }
    for (Tensor step : state.get(2)) {
      step.addInPlace(1);
    }
    run(
        stack -> {
          push(stack, lists.get(1));
          push(stack, lists.get(2));
          pushEmptyList(stack);
          push(stack, lists.get(3));
          Boxed.push(stack, rate);
          Boxed.push(stack, beta1);
          Boxed.push(stack, beta2);
          Boxed.push(stack, decay);
          Boxed.push(stack, epsilon);
          Boxed.push(stack, false);
          Boxed.push(stack, false);
          Boxed.pushNone(stack);
          Boxed.pushNone(stack);
        });
  }

  /**
   * One step of gradient descent.
   *
   * @param first whether the momentum buffers are still unset
   */
  public void stepSgd(
      double rate, double momentum, double dampening, double decay, Momentum kind, Start first) {
    if (state.size() != 1) {
      throw new TensorException("optimizer.kind", "stepSgd", "adam");
    }
    if (momentum != 0 && state.getFirst().isEmpty() && !parameters.isEmpty()) {
      throw new TensorException("optimizer.state", 0, parameters.size());
    }
    run(
        stack -> {
          push(stack, lists.get(1));
          Boxed.push(stack, decay);
          Boxed.push(stack, momentum);
          Boxed.push(stack, rate);
          Boxed.push(stack, dampening);
          Boxed.push(stack, kind == Momentum.NESTEROV);
          Boxed.push(stack, false);
          Boxed.push(stack, first == Start.FIRST_STEP);
          Boxed.pushNone(stack);
          Boxed.pushNone(stack);
        });
  }

  /** Plain (heavy ball) or Nesterov momentum. */
  public enum Momentum {
    PLAIN,
    NESTEROV
  }

  /** Whether momentum buffers hold earlier steps. */
  public enum Start {
    FIRST_STEP,
    LATER_STEP
  }

  private interface Arguments {
    void push(IValueVector stack);
  }

  private void run(Arguments arguments) {
    if (closed) {
      throw new TensorException("tensor.closed", "step");
    }
    List<Tensor> entered = new ArrayList<>();
    try (Mode mode = Mode.noGradient();
        IValueVector stack = new IValueVector()) {
      for (Tensor parameter : parameters) {
        parameter.enter("step");
        entered.add(parameter);
      }
      state.forEach(
          list ->
              list.forEach(
                  tensor -> {
                    tensor.enter("step");
                    entered.add(tensor);
                  }));
      push(stack, lists.getFirst());
      try (IValue gradients = Boxed.gradients(tensorType, parameters)) {
        push(stack, gradients);
      }
      arguments.push(stack);
      handle.callBoxed(stack);
    } catch (RuntimeException e) {
      throw Call.failed("step", e, parameters.toArray(new Tensor[0]));
    } finally {
      entered.forEach(Tensor::leave);
    }
  }

  /** The native step trusts sizes, types and layout; so nothing may reach it that differs. */
  private void check() {
    for (Tensor parameter : parameters) {
      if (!parameter.dtype().isFloating()) {
        throw new TensorException("optimizer.type", parameter.describe());
      }
      checkRows(parameter);
    }
    for (int list = 0; list < state.size(); list++) {
      List<Tensor> one = state.get(list);
      if (one.size() != parameters.size() && !(one.isEmpty() && state.size() == 1)) {
        throw new TensorException("optimizer.state", one.size(), parameters.size());
      }
      for (int i = 0; i < one.size(); i++) {
        Tensor tensor = one.get(i);
        Tensor parameter = parameters.get(i);
        boolean fits =
            list == 2
                ? tensor.rank() == 0 && tensor.dtype() == DType.FLOAT32
                : tensor.shape().equals(parameter.shape()) && tensor.dtype() == parameter.dtype();
        if (!fits || !tensor.device().equals(parameter.device())) {
          throw new TensorException(
              "shapes.differ", "optimizer", parameter.describe(), tensor.describe());
        }
        checkRows(tensor);
      }
    }
  }

  private static void checkRows(Tensor tensor) {
    if (!tensor.ask("optimizer", org.bytedeco.pytorch.Tensor::is_contiguous)) {
      throw new TensorException("optimizer.layout", tensor.describe());
    }
  }

  private static void push(IValueVector stack, IValue value) {
    stack.push_back(value);
  }

  private void pushEmptyList(IValueVector stack) {
    try (GenericList list = new GenericList(tensorType);
        IValue value = new IValue(list)) {
      stack.push_back(value);
    }
  }

  /** Frees what the optimizer built; parameters and state stay the caller's. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      lists.forEach(Pointer::close);
    }
  }
}

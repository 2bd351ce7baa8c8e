package io.millrace.train;

import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.TensorList;
import io.millrace.tensor.Tensors;
import java.util.List;

/** What may happen to gradients between {@code backward} and the optimizer's step. */
public final class Gradients {
  private Gradients() {}

  /**
   * Shortens the gradients of all parameters together to a Euclidean length, as PyTorch's {@code
   * clip_grad_norm_}; the length never leaves the device.
   *
   * @param most above 0
   */
  public static void clipNorm(List<Tensor> parameters, double most) {
    try (Scope scope = Scope.open();
        TensorList gradients = TensorList.gradients(parameters)) {
      clip(gradients, most);
    }
  }

  static void clip(TensorList gradients, double most) {
    try (Mode mode = Mode.noGradient();
        TensorList norms = gradients.norms()) {
      Tensor norm = Tensor.stack(norms.tensors(), 0).square().sum().sqrt();
      Tensor factor = Tensors.scalar(most).div(norm.add(1e-6)).clamp(0, 1);
      gradients.mulInPlace(factor);
    }
  }
}

package io.millrace.model.layer;

import io.millrace.model.ModelException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Recurrent;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import org.jspecify.annotations.Nullable;

/** A recurrent layer with weights and, where it is stateful, a memory. */
final class RecurrentLayer implements Layer {
  private final Recurring spec;
  private final Recurrent.Weights parameters;
  private final Weights owner;
  private @Nullable Tensor state;
  private @Nullable Tensor cell;

  RecurrentLayer(Recurring spec, Recurrent.Weights parameters, Weights owner) {
    this.spec = spec;
    this.parameters = parameters;
    this.owner = owner;
  }

  /** The bias for the state: trained, or zeros that only fill the kernel's argument. */
  static Tensor stateBias(Weights weights, boolean trained, long size) {
    if (trained) {
      return weights.zeros("bias_hh", size);
    }
    try (Scope scope = Scope.open()) {
      return weights.own(Tensors.zeros(DType.FLOAT32, size));
    }
  }

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor input = x;
    if (pass.isTraining() && spec.dropout() > 0) {
      // One draw for all steps (Gal & Ghahramani 2016).
      Tensor kept =
          Neural.dropout(Tensors.ones(DType.FLOAT32, x.size(0), 1, x.size(2)), spec.dropout());
      input = x.mul(kept);
    }
    Tensor zeros = Tensors.zeros(DType.FLOAT32, x.size(0), spec.units());
    Tensor from = state == null || !spec.stateful() ? zeros : state;
    Tensor memory = cell == null || !spec.stateful() ? zeros : cell;
    if (from.size(0) != x.size(0)) {
      throw new ModelException("recurrent.batch", spec.kind(), from.size(0), x.size(0));
    }
    Recurrent.Result result = spec.run(input, from, memory, parameters);
    if (spec.stateful() && pass != Pass.REPEATED) {
      remember(result);
    }
    return spec.sequences() ? result.outputs() : result.state();
  }

  private void remember(Recurrent.Result result) {
    try (Mode mode = Mode.noGradient()) {
      if (state == null || cell == null) {
        try (Scope scope = Scope.open()) {
          state = owner.own(result.state().detach().copy());
          cell = owner.own(result.cell().detach().copy());
        }
      } else {
        state.copyInPlace(result.state());
        cell.copyInPlace(result.cell());
      }
    }
  }

  @Override
  public void reset() {
    if (state != null && cell != null) {
      state.fillInPlace(0);
      cell.fillInPlace(0);
    }
  }
}

package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Operators;
import io.millrace.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Momentum made orthogonal by five Newton-Schulz steps (Jordan et al. 2024), as {@code
 * torch.optim.Muon} computes it, for matrices; all other weights go with {@link AdamW}.
 *
 * @param rate the step length for matrices
 * @param decay taken from the weights themselves
 * @param momentum from 0 to less than 1
 * @param nesterov whether to look ahead
 * @param steps of Newton and Schulz
 * @param otherRate AdamW's step length
 */
public record Muon(
    @Default("0.001") double rate,
    @Default("0.1") double decay,
    @Default("0.95") double momentum,
    @Default("true") boolean nesterov,
    @Default("5") int steps,
    @Default("0.001") double otherRate)
    implements OptimizerSpec {
  private static final double A = 3.4445;
  private static final double B = -4.775;
  private static final double C = 2.0315;
  private static final double SMALL = 1e-7;

  /** Checks the ranges. */
  public Muon {
    Ranges.common("muon", List.of(rate, decay, momentum, otherRate), rate, decay, momentum);
    Ranges.check("muon", steps >= 1 && steps < 100 && otherRate > 0, steps, "1 ≤ steps < 100");
  }

  @Override
  public Muon adjusted(double changedRate, double changedDecay) {
    return new Muon(
        changedRate, changedDecay, momentum, nesterov, steps, otherRate * changedRate / rate);
  }

  @Override
  public int statesPerWeight() {
    return 1;
  }

  @Override
  public Optimizer over(Map<String, Tensor> parameters) {
    Map<String, Tensor> matrices = new LinkedHashMap<>();
    Map<String, Tensor> others = new LinkedHashMap<>();
    parameters.forEach((name, p) -> (p.rank() == 2 ? matrices : others).put(name, p));
    Map<String, Optimizer> parts = new LinkedHashMap<>();
    if (!matrices.isEmpty()) {
      parts.put("muon", running(matrices));
    }
    if (!others.isEmpty()) {
      parts.put("adamw", AdamW.adamw(otherRate, decay).over(others));
    }
    return new PartedOptimizer(rate, parts);
  }

  private Optimizer running(Map<String, Tensor> parameters) {
    State state = new State();
    List<Tensor> momenta = state.like("momentum", parameters);
    return new RunningOptimizer(parameters, state, rate) {
      @Override
      void update(long step, double length) {
        try (Mode mode = Mode.noGradient()) {
          for (int i = 0; i < parameters().size(); i++) {
            Tensor weight = parameters().get(i);
            Tensor gradient = weight.gradient().orElseThrow();
            Tensor memory = momenta.get(i);
            memory.addInPlace(gradient.sub(memory), 1 - momentum);
            Tensor ahead = nesterov ? gradient.add(memory.sub(gradient).mul(momentum)) : memory;
            double shape = Math.sqrt(Math.max(1, (double) weight.size(0) / weight.size(1)));
            weight.mulInPlace(1 - length * decay);
            weight.addInPlace(orthogonal(ahead).to(DType.FLOAT32), -length * shape);
          }
        }
      }
    };
  }

  private Tensor orthogonal(Tensor matrix) {
    boolean tall = matrix.size(0) > matrix.size(1);
    Tensor x = matrix.to(DType.BFLOAT16);
    x = tall ? x.transpose(0, 1) : x;
    // One rounding for the whole sum, unlike squares summed in bfloat16.
    Tensor norm =
        (Tensor) Objects.requireNonNull(Operators.call("aten::linalg_vector_norm", x).getFirst());
    Tensor floor = io.millrace.tensor.Tensors.scalar(SMALL).to(DType.BFLOAT16);
    x = x.div(norm.maximum(floor));
    for (int i = 0; i < steps; i++) {
      Tensor gram = x.matmul(x.transpose(0, 1));
      Tensor update = addProduct(gram, gram, gram, B, C);
      x = addProduct(x, update, x, A, 1);
    }
    return tall ? x.transpose(0, 1) : x;
  }

  /** beta·sum + alpha·a·b, rounded once. */
  private static Tensor addProduct(Tensor sum, Tensor a, Tensor b, double beta, double alpha) {
    return (Tensor)
        Objects.requireNonNull(Operators.call("aten::addmm", sum, a, b, beta, alpha).getFirst());
  }
}

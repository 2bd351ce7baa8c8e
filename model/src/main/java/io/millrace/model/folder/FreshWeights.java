package io.millrace.model.folder;

import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.List;

/**
 * Fresh weights, as the reference implementation begins: normal numbers of a small deviation,
 * biases of 0, normalizations that change nothing.
 */
final class FreshWeights extends HeldWeights {
  private final WeightMap map;
  private final Scope owner;
  private final double deviation;
  private final double residual;

  /**
   * @param deviation of matrices and tables
   * @param residual of the matrices whose output is added to the states
   */
  FreshWeights(WeightMap map, Scope owner, double deviation, double residual) {
    this.map = map;
    this.owner = owner;
    this.deviation = deviation;
    this.residual = residual;
  }

  @Override
  public Tensor take(String name, long[] parts, long... sizes) {
    boolean adds =
        name.endsWith("attention.output.weight") || name.endsWith("feed-forward.down.weight");
    boolean random = sizes.length > 1 || name.endsWith("embedding.class");
    return take(name, parts, random ? (adds ? residual : deviation) : 0, 0, sizes);
  }

  @Override
  public Tensor around(String name, double start, long size) {
    return take(name, new long[] {size}, 0, start, size);
  }

  private Tensor take(String name, long[] parts, double spread, double start, long... sizes) {
    Taken known = taken.get(name);
    if (known != null) {
      return known.tensor();
    }
    List<WeightMap.Theirs> theirs = map.theirs(name, false);
    try (Scope scope = Scope.open()) {
      Tensor made =
          spread > 0
              ? Tensors.normal(sizes).mul(spread)
              : Tensors.full(start, DType.FLOAT32, sizes);
      owner.adopt(made);
      taken.put(name, new Taken(made, theirs, rows(theirs, name, parts, sizes)));
      return made;
    }
  }

  /** What a model may leave out is left out. */
  @Override
  public boolean has(String name) {
    return false;
  }
}

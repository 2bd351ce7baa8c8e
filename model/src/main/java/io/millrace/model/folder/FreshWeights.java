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
  private final Family.Spread spread;

  FreshWeights(WeightMap map, Scope owner, Family.Spread spread) {
    this.map = map;
    this.owner = owner;
    this.spread = spread;
  }

  @Override
  public Tensor take(String name, long[] parts, long... sizes) {
    boolean random = sizes.length > 1 || name.endsWith("embedding.class");
    return take(name, parts, random, 0, sizes);
  }

  @Override
  public Tensor around(String name, double start, long size) {
    return take(name, new long[] {size}, false, start, size);
  }

  private Tensor take(String name, long[] parts, boolean random, double start, long... sizes) {
    Taken known = taken.get(name);
    if (known != null) {
      return known.tensor();
    }
    List<WeightMap.Theirs> theirs = map.theirs(name, false);
    try (Scope scope = Scope.open()) {
      Tensor made = random ? normal(name, parts, sizes) : Tensors.full(start, DType.FLOAT32, sizes);
      owner.adopt(made);
      taken.put(name, new Taken(made, theirs, rows(theirs, name, parts, sizes)));
      return made;
    }
  }

  private Tensor normal(String name, long[] parts, long[] sizes) {
    Tensor made = Tensors.normal(sizes);
    long columns = sizes[sizes.length - 1];
    if (parts.length < 2) {
      return made.mul(spread.of(name, 0, columns));
    }
    long row = 0;
    for (int part = 0; part < parts.length; part++) {
      made.narrow(0, row, parts[part]).mulInPlace(spread.of(name, part, columns));
      row += parts[part];
    }
    return made;
  }

  /** What a model may leave out is left out. */
  @Override
  public boolean has(String name) {
    return false;
  }
}

package io.millrace.model.folder;

import io.millrace.model.transformer.Projection;
import io.millrace.model.transformer.Source;
import io.millrace.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Weights under our names, which knows what they are called in a folder. */
abstract class HeldWeights implements Source.Origin {
  /**
   * A weight and what it is in the folder.
   *
   * @param parts rows of each of theirs
   */
  record Taken(Tensor tensor, List<WeightMap.Theirs> theirs, long[] parts) {}

  /**
   * A product by the name that it has in a folder.
   *
   * @param name for example {@code model.layers.0.self_attn.q_proj}
   * @param row the first of its rows in ours
   * @param transposed whether the folder holds it with rows and columns swapped
   */
  record Module(String name, Projection projection, long row, long rows, boolean transposed) {}

  final Map<String, Taken> taken = new LinkedHashMap<>();
  final Map<String, Tensor> carried = new LinkedHashMap<>();
  private final Map<String, Module> modules = new LinkedHashMap<>();

  @Override
  public void made(String name, Projection projection) {
    Taken weight = taken.get(name + "weight");
    if (weight == null) {
      return;
    }
    long row = 0;
    for (int i = 0; i < weight.theirs.size(); i++) {
      WeightMap.Theirs theirs = weight.theirs.get(i);
      long rows = weight.theirs.size() == 1 ? weight.tensor.size(0) : weight.parts[i];
      String module = theirs.name().replaceFirst("\\.weight$", "");
      modules.put(module, new Module(module, projection, row, rows, theirs.transposed()));
      row += rows;
    }
  }

  /** The products by their names in a folder. */
  Map<String, Module> modules() {
    return modules;
  }

  /** The rows of each of theirs. */
  static long[] rows(List<WeightMap.Theirs> theirs, String name, long[] parts, long[] sizes) {
    long[] rows = theirs.size() == 1 && sizes.length > 0 ? new long[] {sizes[0]} : parts;
    if (theirs.size() > 1 && rows.length != theirs.size()) {
      throw new IllegalStateException(name + " has " + rows.length + " parts");
    }
    return rows;
  }

  /** All weights by our names. */
  Map<String, Tensor> ours() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    taken.forEach((name, one) -> all.put(name, one.tensor));
    return all;
  }

  /** All weights by their names, as a folder holds them; in the current scope. */
  Map<String, Tensor> theirs() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    for (Taken one : taken.values()) {
      long row = 0;
      for (int i = 0; i < one.theirs.size(); i++) {
        WeightMap.Theirs name = one.theirs.get(i);
        Tensor piece = one.tensor;
        if (one.theirs.size() > 1) {
          piece = piece.narrow(0, row, one.parts[i]);
          row += one.parts[i];
        }
        if (name.name().equals(WeightMap.ZEROS)) {
          continue;
        }
        if (name.transposed() && piece.rank() == 2) {
          piece = piece.transpose(0, 1);
        }
        for (int lead = 0; lead < name.lead(); lead++) {
          piece = piece.unsqueeze(0);
        }
        all.put(name.name(), piece.contiguous());
      }
    }
    all.putAll(carried);
    return all;
  }
}

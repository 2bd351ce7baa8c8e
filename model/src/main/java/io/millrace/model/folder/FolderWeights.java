package io.millrace.model.folder;

import io.millrace.model.ModelException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.safetensors.StoredTensors;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Weights of a folder under our names; remembers how to write them back. */
final class FolderWeights extends HeldWeights {
  private static final int NAMED = 8;

  private final StoredTensors file;
  private final WeightMap map;
  private final boolean bare;
  private final @Nullable DType dtype;
  private final Scope owner;
  private final double deviation;
  private final Set<String> used = new HashSet<>();
  private final Set<String> missing = new TreeSet<>();

  /**
   * @param dtype what floats become; absent: they stay as stored
   * @param owner what the weights belong to
   * @param deviation of the head's matrices that the folder has not; 0: it must have all
   */
  FolderWeights(
      StoredTensors file, WeightMap map, @Nullable DType dtype, Scope owner, double deviation) {
    this.deviation = deviation;
    this.file = file;
    this.map = map;
    this.dtype = dtype;
    this.owner = owner;
    this.bare = file.names().stream().noneMatch(name -> name.startsWith(map.prefix()));
  }

  @Override
  public boolean has(String name) {
    return map.theirs(name, bare).stream().allMatch(one -> find(one.name()) != null);
  }

  @Override
  public Tensor around(String name, double start, long size) {
    return take(name, start, new long[] {size}, size);
  }

  @Override
  public Tensor take(String name, long[] parts, long... sizes) {
    return take(name, 0, parts, sizes);
  }

  private Tensor take(String name, double start, long[] parts, long... sizes) {
    Taken known = taken.get(name);
    if (known != null) {
      return known.tensor();
    }
    List<WeightMap.Theirs> theirs = map.theirs(name, bare);
    long[] rows = rows(theirs, name, parts, sizes);
    try (Scope scope = Scope.open()) {
      Tensor whole = Tensors.room(type(theirs), sizes);
      long row = 0;
      if (beginsFresh(name, theirs, sizes)) {
        if (sizes.length > 1) {
          whole.copyInPlace(Tensors.normal(sizes).mul(deviation));
        } else {
          whole.fillInPlace(start);
        }
        owner.adopt(whole);
        taken.put(name, new Taken(whole, theirs, rows));
        return whole;
      }
      for (int i = 0; i < theirs.size(); i++) {
        Tensor part = theirs.size() == 1 ? whole : whole.narrow(0, row, rows[i]);
        fill(part, theirs.get(i), name);
        row += rows.length == 0 ? 0 : rows[i];
      }
      owner.adopt(whole);
      taken.put(name, new Taken(whole, theirs, rows));
      return whole;
    }
  }

  /** Whether a weight of the head is not in the folder, or in another size: of other classes. */
  private boolean beginsFresh(String name, List<WeightMap.Theirs> theirs, long[] sizes) {
    if (deviation == 0 || !Recast.isHead(name) || theirs.size() > 1) {
      return false;
    }
    WeightMap.Theirs one = theirs.getFirst();
    String stored = find(one.name());
    return stored == null || !file.entry(stored).shape().equals(Shape.of(theirShape(one, sizes)));
  }

  /** What a weight's type will be: as stored, unless floats are to become another one. */
  private DType type(List<WeightMap.Theirs> theirs) {
    for (WeightMap.Theirs one : theirs) {
      String stored = find(one.name());
      if (stored != null) {
        DType type = file.entry(stored).dtype();
        return dtype != null && type.isFloating() ? dtype : type;
      }
    }
    return DType.FLOAT32;
  }

  /** Reads one of theirs to its place. */
  private void fill(Tensor part, WeightMap.Theirs theirs, String ours) {
    String stored = theirs.name().equals(WeightMap.ZEROS) ? null : find(theirs.name());
    if (stored == null) {
      if (!theirs.name().equals(WeightMap.ZEROS)) {
        missing.add(theirs.name());
      }
      part.fillInPlace(0);
      return;
    }
    used.add(stored);
    Shape expected = Shape.of(theirShape(theirs, part.shape().sizes()));
    Shape found = file.entry(stored).shape();
    if (!found.equals(expected)) {
      throw new ModelException("folder.shape", stored, found, expected, ours);
    }
    boolean transposed = theirs.transposed() && part.rank() == 2;
    if (!transposed && file.entry(stored).dtype() == part.dtype()) {
      file.read(stored, part);
      return;
    }
    try (Scope scope = Scope.open()) {
      Tensor tensor = file.tensor(stored);
      part.copyInPlace(transposed ? tensor.transpose(0, 1) : tensor.reshape(part.shape().sizes()));
    }
  }

  private static long[] theirShape(WeightMap.Theirs theirs, long[] shape) {
    if (theirs.transposed() && shape.length == 2) {
      return new long[] {shape[1], shape[0]};
    }
    long[] expected = new long[theirs.lead() + shape.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = i < theirs.lead() ? 1 : shape[i - theirs.lead()];
    }
    return expected;
  }

  /** The stored name, or an older spelling of it. */
  private @Nullable String find(String name) {
    if (file.names().contains(name)) {
      return name;
    }
    String old =
        name.endsWith("LayerNorm.weight")
            ? name.replaceFirst("weight$", "gamma")
            : name.endsWith("LayerNorm.bias") ? name.replaceFirst("bias$", "beta") : name;
    return file.names().contains(old) ? old : null;
  }

  /**
   * Checks that nothing is missing and nothing is left.
   *
   * @param copied names of copies of weights that were taken elsewhere (tied ones)
   * @param heads names of parts that this model leaves out, such as other heads
   * @return what was left out, without copies
   */
  Set<String> finish(String place, Predicate<String> copied, Predicate<String> heads) {
    if (!missing.isEmpty()) {
      throw new ModelException("folder.missing", place, missing.size(), some(missing));
    }
    Set<String> out = new TreeSet<>();
    Set<String> surplus = new TreeSet<>();
    for (String name : file.names()) {
      if (used.contains(name) || copied.test(name) || isBuffer(name)) {
        continue;
      }
      if (name.endsWith("num_batches_tracked")) {
        carried.put(name, carry(name));
      } else if (heads.test(name)) {
        out.add(name);
      } else {
        surplus.add(name);
      }
    }
    if (!surplus.isEmpty()) {
      throw new ModelException("folder.surplus", place, surplus.size(), some(surplus));
    }
    return out;
  }

  private Tensor carry(String name) {
    try (Scope scope = Scope.open()) {
      return owner.adopt(file.tensor(name));
    }
  }

  /** Numbers that older versions stored and that follow from the configuration. */
  private static boolean isBuffer(String name) {
    return name.endsWith("position_ids")
        || name.endsWith("rotary_emb.inv_freq")
        || name.endsWith("attn.masked_bias")
        || name.matches(".*\\bh\\.[0-9]+\\.attn\\.bias");
  }

  private static String some(Set<String> names) {
    String first = String.join(", ", names.stream().limit(NAMED).toList());
    return names.size() > NAMED ? first + ", …" : first;
  }
}

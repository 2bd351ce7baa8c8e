package io.millrace.model.transformer;

import io.millrace.tensor.DType;
import io.millrace.tensor.NarrowWeight;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A product with a weight matrix, and what low-rank changes add to it. */
public final class Projection {
  private final Tensor weight;
  private final @Nullable Tensor bias;
  private final List<LowRank> changes = new ArrayList<>(0);
  private @Nullable NarrowWeight narrow;

  /**
   * A product.
   *
   * @param weight [out, in]
   * @param bias [out] or absent
   */
  public Projection(Tensor weight, @Nullable Tensor bias) {
    this.weight = weight;
    this.bias = bias;
  }

  /** Takes {@code weight} and, if so, {@code bias}, whose rows are pieces joined. */
  public static Projection of(Source source, boolean bias, long in, long... parts) {
    Projection made =
        new Projection(
            source.joined("weight", parts, in), bias ? source.joined("bias", parts) : null);
    source.made(made);
    return made;
  }

  /** [out, in]. */
  public Tensor weight() {
    return weight;
  }

  /** [out], or absent. */
  public @Nullable Tensor bias() {
    return bias;
  }

  /** The lengths of some rows, float32 [rows]. */
  public Tensor lengths(long row, long rows) {
    return LowRank.lengths(weight, row, rows);
  }

  /** Adds a change; the rows must not be changed yet. */
  public void attach(LowRank change) {
    changes.add(change);
    changes.sort(Comparator.comparingLong(LowRank::row));
  }

  /** Takes a change away. */
  public void detach(LowRank change) {
    changes.remove(change);
  }

  /** Makes a change part of the weight and takes it away. */
  public void merge(LowRank change) {
    change.merge(weight, true);
    detach(change);
  }

  /** Takes a merged change out of the weight and adds it as a change. */
  public void unmerge(LowRank change) {
    change.merge(weight, false);
    attach(change);
  }

  /** Makes the matrix in few bits that {@link #write} uses; closing it goes back. */
  public AutoCloseable narrow(NarrowWeight.Kind kind) {
    NarrowWeight made = NarrowWeight.of(weight, kind);
    narrow = made;
    return () -> {
      narrow = null;
      made.close();
    };
  }

  /** The matrix in few bits, if there is one and nothing changes the product. */
  @Nullable NarrowWeight narrowed() {
    return changes.isEmpty() ? narrow : null;
  }

  /** As {@link #apply}, where texts are written: in few bits if {@link #narrow} was called. */
  public Tensor write(Tensor x) {
    NarrowWeight few = narrow;
    if (few == null || !changes.isEmpty()) {
      return apply(x);
    }
    Tensor y = few.apply(x);
    return bias == null ? y : y.add(bias);
  }

  /**
   * As {@link #write}, each row in an array of its own.
   *
   * @param x [rows, in]
   * @return [rows][out]
   */
  public float[][] writeRows(Tensor x) {
    int rows = Math.toIntExact(x.size(0));
    NarrowWeight few = narrowed();
    if (few != null && bias == null) {
      return few.multiply(x.to(DType.FLOAT32).toFloats(), rows);
    }
    return rows(write(x));
  }

  /** The rows of scores [rows, out]. */
  public static float[][] rows(Tensor scores) {
    float[][] each = new float[Math.toIntExact(scores.size(0))][];
    for (int row = 0; row < each.length; row++) {
      each[row] = scores.select(0, row).to(DType.FLOAT32).toFloats();
    }
    return each;
  }

  /** x [..., in] to [..., out]. */
  public Tensor apply(Tensor x) {
    Tensor y = plain(x);
    if (changes.isEmpty()) {
      return y;
    }
    int last = y.rank() - 1;
    long out = weight.size(0);
    List<Tensor> pieces = new ArrayList<>();
    long row = 0;
    for (LowRank change : changes) {
      if (change.row() > row) {
        pieces.add(y.narrow(last, row, change.row() - row));
      }
      Tensor own = y.narrow(last, change.row(), change.rows());
      pieces.add(change.change(x, own, weight, bias));
      row = change.row() + change.rows();
    }
    if (row < out) {
      pieces.add(y.narrow(last, row, out - row));
    }
    return pieces.size() == 1 ? pieces.getFirst() : Tensor.concat(pieces, last);
  }

  /**
   * Without changes.
   *
   * <p>A single row of half precision is bound by reading the weights, and the general kernel reads
   * them at two thirds of the memory's speed; the one for a matrix and a vector reads at nearly
   * full speed (docs/performance.md).
   */
  private Tensor plain(Tensor x) {
    if (x.elements() == weight.size(1)
        && x.dtype() == DType.BFLOAT16
        && weight.dtype() == x.dtype()) {
      long[] sizes = x.shape().sizes();
      sizes[sizes.length - 1] = weight.size(0);
      return Neural.row(x.reshape(weight.size(1)), weight, bias).reshape(sizes);
    }
    return Neural.linearAlike(x, weight, bias);
  }
}

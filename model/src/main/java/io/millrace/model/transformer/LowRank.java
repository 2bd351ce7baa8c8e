package io.millrace.model.transformer;

import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A change of some rows of a product by two narrow matrices (LoRA, Hu et al. 2021): {@code scale ·
 * b · a} is added to them. With a magnitude, the changed rows are brought to these lengths (DoRA,
 * Liu et al. 2024). Computed as PEFT does.
 */
public final class LowRank {
  private static final long RANKS = 16;

  private final long row;
  private final Tensor a;
  private final Tensor b;
  private final double scale;
  private final @Nullable Tensor magnitude;
  private final double dropout;
  private boolean drops;
  private @Nullable Tensor fixed;

  /**
   * A change.
   *
   * @param row the first row that changes
   * @param a [rank, in]
   * @param b [rows, rank]
   * @param scale what the change is multiplied with
   * @param magnitude the rows' lengths [rows]; absent: they follow from the sum
   * @param dropout the share of inputs that the change does not see while training
   */
  public LowRank(
      long row, Tensor a, Tensor b, double scale, @Nullable Tensor magnitude, double dropout) {
    this.row = row;
    this.a = a;
    this.b = b;
    this.scale = scale;
    this.magnitude = magnitude;
    this.dropout = dropout;
  }

  /** The first row that changes. */
  long row() {
    return row;
  }

  /** How many rows change. */
  long rows() {
    return b.size(0);
  }

  /** Whether inputs are dropped: while training. */
  public void drops(boolean now) {
    drops = now;
  }

  /**
   * The rows' output with the change.
   *
   * @param x [..., in]
   * @param y [..., rows], the output without it
   */
  Tensor change(Tensor x, Tensor y, Tensor weight, @Nullable Tensor bias) {
    Tensor seen = drops && dropout > 0 ? Neural.dropout(x, dropout) : x;
    Tensor low =
        Neural.linearAlike(Neural.linearAlike(seen.to(a.dtype()), a, null), b, null).mul(scale);
    if (magnitude == null) {
      return y.add(low.to(y.dtype()));
    }
    Tensor factor = (fixed == null ? factor(weight) : fixed).to(y.dtype());
    Tensor plain = y;
    if (drops && dropout > 0) {
      plain = Neural.linear(seen, rows(weight));
    } else if (bias != null) {
      plain = y.sub(bias.narrow(0, row, rows()));
    }
    Tensor changed = plain.mul(factor).add(low.to(y.dtype()).mul(factor));
    return bias == null ? changed : changed.add(bias.narrow(0, row, rows()));
  }

  /**
   * The same change for passes over several texts: with what follows from the weight, which no
   * longer changes, worked out once, and with zeros up to a rank of whole sixteens, for only then
   * do the products not depend on how many rows there are (docs/decisions/0010).
   *
   * @param owner keeps its tensors
   */
  public LowRank apart(Tensor weight, Scope owner) {
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      long more = (RANKS - a.size(0) % RANKS) % RANKS;
      Tensor longer = Tensors.zeros(a.dtype(), more, a.size(1));
      Tensor wider = Tensors.zeros(b.dtype(), b.size(0), more);
      LowRank made =
          new LowRank(
              row,
              owner.adopt(Tensor.concat(List.of(a, longer), 0)),
              owner.adopt(Tensor.concat(List.of(b, wider), 1)),
              scale,
              magnitude,
              0);
      if (magnitude != null) {
        made.fixed = owner.adopt(factor(weight));
      }
      return made;
    }
  }

  private Tensor rows(Tensor weight) {
    return weight.narrow(0, row, rows());
  }

  /** magnitude / length of each changed row; no gradient goes through the length. */
  private Tensor factor(Tensor weight) {
    Tensor lengths;
    try (Mode mode = Mode.noGradient()) {
      lengths = lengths(rows(weight).to(DType.FLOAT32).add(product()));
    }
    return Objects.requireNonNull(magnitude).div(lengths);
  }

  private static Tensor lengths(Tensor matrix) {
    return matrix.square().sum(1).sqrt();
  }

  private Tensor product() {
    return b.to(DType.FLOAT32).matmul(a.to(DType.FLOAT32)).mul(scale);
  }

  /** The lengths of the rows as they are, with which a magnitude begins. */
  static Tensor lengths(Tensor weight, long row, long rows) {
    return lengths(weight.narrow(0, row, rows).to(DType.FLOAT32));
  }

  /** Puts the change into the weight, or takes it out again. */
  void merge(Tensor weight, boolean in) {
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      Tensor rows = rows(weight);
      Tensor whole = rows.to(DType.FLOAT32);
      Tensor changed;
      if (magnitude == null) {
        changed = in ? whole.add(product()) : whole.sub(product());
      } else if (in) {
        Tensor sum = whole.add(product());
        changed = sum.mul(magnitude.div(lengths(sum)).unsqueeze(1));
      } else {
        throw new IllegalStateException("a change with magnitudes is taken out by its copy");
      }
      rows.copyInPlace(changed);
    }
  }
}

package io.millrace.model.transformer;

import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An adapter's low-rank changes that are not part of the model: in one pass, some texts are
 * computed with them, others with those of another adapter or none.
 */
public final class Changes {
  /**
   * A change is computed for whole eights of rows, whose results do not depend on how many there
   * are (docs/decisions/0010).
   */
  private static final int STEP = 8;

  private final Map<Projection, List<LowRank>> all;

  /**
   * An adapter's changes.
   *
   * @param all by the products that they change, made by {@link LowRank#apart}
   */
  public Changes(Map<Projection, List<LowRank>> all) {
    this.all = new IdentityHashMap<>(all);
  }

  /** Whether this changes a product. */
  boolean touches(Projection projection) {
    return all.containsKey(projection);
  }

  /**
   * What a product gives with the changes.
   *
   * @param x [rows, in]
   * @param y [rows, out], without them; may be overwritten
   * @return [rows, out]
   */
  Tensor apply(Projection projection, Tensor x, Tensor y) {
    @Nullable List<LowRank> mine = all.get(projection);
    if (mine == null) {
      return y;
    }
    long rows = x.size(0);
    long missing = (STEP - rows % STEP) % STEP;
    Tensor in = missing == 0 ? x : filled(x, missing);
    Tensor out = missing == 0 ? y : filled(y, missing);
    for (LowRank change : mine) {
      Tensor own = out.narrow(1, change.row(), change.rows());
      own.copyInPlace(change.change(in, own, projection.weight(), projection.bias()));
    }
    return out.narrow(0, 0, rows);
  }

  private static Tensor filled(Tensor x, long missing) {
    return Tensor.concat(List.of(x, Tensors.zeros(x.dtype(), missing, x.size(1))), 0);
  }
}

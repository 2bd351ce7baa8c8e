package io.millrace.model.transformer;

import io.millrace.model.ModelException;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One layer's keys and values of earlier tokens, [batch, groups, tokens, size] each. */
final class KeyValues {
  /** What a step looks at. */
  record Seen(Tensor keys, Tensor values) {}

  private static final long FIRST = 128;
  private static final long ROUND = 64;

  private final Scope owner;
  private final @Nullable Integer window;
  private final @Nullable Long limit;
  private @Nullable Tensor keys;
  private @Nullable Tensor values;
  private @Nullable Seen cross;

  /** The first token that is kept, of all that came. */
  private long first;

  /** Where in the buffer the first kept token lies. */
  private long place;

  private long kept;

  /**
   * @param window how many tokens back a step looks, which bounds what is kept; absent: all is kept
   * @param limit room for so many tokens from the start; absent: the room grows
   */
  KeyValues(Scope owner, @Nullable Integer window, @Nullable Long limit) {
    this.owner = owner;
    this.window = window;
    this.limit = limit;
  }

  /** The number of the first token that the next step may see. */
  long first() {
    return window == null ? first : first + Math.max(0, kept - (window - 1));
  }

  /**
   * How many keys {@link #add} will give for so many new tokens: with {@code rounded} some empty
   * ones behind, so that kernels made for one length serve many steps. They must be hidden.
   */
  long span(long coming, boolean rounded) {
    long exact = (window == null ? kept : Math.min(kept, window - 1)) + coming;
    long wider = (exact + ROUND - 1) / ROUND * ROUND;
    long from = place + (window == null ? 0 : Math.max(0, kept - (window - 1)));
    boolean fits = keys != null && from + wider <= keys.size(2);
    return rounded && fits ? wider : exact;
  }

  /** Adds the keys and values of new tokens and gives all that these tokens may look at. */
  Seen add(Tensor newKeys, Tensor newValues, long span) {
    long coming = newKeys.size(2);
    forget();
    Tensor k = room(keys, newKeys, coming);
    Tensor v = room(values, newValues, coming);
    if (k != keys) {
      replace(k, v);
    }
    k.narrow(2, place + kept, coming).copyInPlace(newKeys);
    v.narrow(2, place + kept, coming).copyInPlace(newValues);
    kept += coming;
    return new Seen(k.narrow(2, place, span), v.narrow(2, place, span));
  }

  /** Lets go of what no later token looks at. */
  private void forget() {
    if (window != null && kept > window - 1) {
      long gone = kept - (window - 1);
      place += gone;
      first += gone;
      kept -= gone;
    }
  }

  private Tensor room(@Nullable Tensor buffer, Tensor like, long coming) {
    long needed = kept + coming;
    if (limit != null && first + needed > limit) {
      throw new ModelException("cache.full", limit, first + needed);
    }
    if (buffer != null && place + needed <= buffer.size(2)) {
      return buffer;
    }
    long size = Math.max(FIRST, (2 * needed + ROUND - 1) / ROUND * ROUND);
    if (limit != null && window == null) {
      size = limit;
    }
    Tensor larger = Tensors.zeros(like.dtype(), like.size(0), like.size(1), size, like.size(3));
    if (buffer != null && kept > 0) {
      larger.narrow(2, 0, kept).copyInPlace(buffer.narrow(2, place, kept));
    }
    return larger;
  }

  private void replace(Tensor k, Tensor v) {
    if (keys != null) {
      keys.close();
      Objects.requireNonNull(values).close();
    }
    keys = owner.adopt(k);
    values = owner.adopt(v);
    place = 0;
  }

  /** The encoder's keys and values, once {@link #crossing} has kept them. */
  @Nullable Seen cross() {
    return cross;
  }

  Seen crossing(Tensor crossKeys, Tensor crossValues) {
    cross = new Seen(owner.adopt(crossKeys.contiguous()), owner.adopt(crossValues.contiguous()));
    return cross;
  }

  /** Puts rows of the batch in another order, for beams. */
  void reorder(Tensor rows) {
    if (keys != null) {
      long at = place;
      Tensor k = keys.narrow(2, place, kept).indexSelect(0, rows);
      Tensor v = Objects.requireNonNull(values).narrow(2, place, kept).indexSelect(0, rows);
      if (limit != null && window == null) {
        keys.narrow(2, at, kept).copyInPlace(k);
        values.narrow(2, at, kept).copyInPlace(v);
      } else {
        replace(k, v);
      }
    }
    if (cross != null) {
      Seen old = cross;
      cross =
          new Seen(
              owner.adopt(old.keys.indexSelect(0, rows)),
              owner.adopt(old.values.indexSelect(0, rows)));
      old.keys.close();
      old.values.close();
    }
  }
}

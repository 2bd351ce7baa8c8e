package io.millrace.model.architecture;

import io.millrace.model.transformer.Cache;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The states of a recurrent model's layers behind the tokens that it has read. */
final class RecurrentCache implements Cache {
  /**
   * A layer's state.
   *
   * @param hidden [batch, units]
   * @param cell [batch, units]; the same where there is none
   */
  record State(Tensor hidden, Tensor cell) {
    private void close() {
      hidden.close();
      if (cell != hidden) {
        cell.close();
      }
    }
  }

  private final Scope owner = Scope.shared();
  private List<State> layers = List.of();
  private long length;

  /** The states by layer; empty at the start. */
  List<State> layers() {
    return layers;
  }

  /** Takes the states after more tokens. */
  void advance(List<State> after, long tokens) {
    replace(after);
    length += tokens;
  }

  private void replace(List<State> after) {
    List<State> before = layers;
    List<State> kept = new ArrayList<>();
    for (State one : after) {
      Tensor hidden = owner.adopt(one.hidden.copy());
      kept.add(new State(hidden, one.cell == one.hidden ? hidden : owner.adopt(one.cell.copy())));
    }
    layers = kept;
    before.forEach(State::close);
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public void reorder(Tensor rows) {
    List<State> ordered = new ArrayList<>();
    for (State one : layers) {
      Tensor hidden = one.hidden.indexSelect(0, rows);
      ordered.add(
          new State(hidden, one.cell == one.hidden ? hidden : one.cell.indexSelect(0, rows)));
    }
    replace(ordered);
  }

  @Override
  public void close() {
    owner.close();
  }
}

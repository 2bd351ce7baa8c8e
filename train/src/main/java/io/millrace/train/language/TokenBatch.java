package io.millrace.train.language;

import io.millrace.data.language.TokenRow;
import io.millrace.data.language.TokenRows;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows side by side. A row of one text needs no mask where models look back only: what follows it
 * is never seen, and nothing there is learned.
 */
final class TokenBatch {
  private final List<TokenRow> rows;
  private final int time;
  private final boolean packed;

  TokenBatch(List<TokenRow> rows) {
    this.rows = List.copyOf(rows);
    this.time = rows.stream().mapToInt(row -> row.ids().length).max().orElseThrow();
    this.packed =
        rows.stream().anyMatch(row -> Arrays.stream(row.texts()).anyMatch(text -> text > 1));
  }

  /** Rows from one number to another. */
  static TokenBatch of(TokenRows rows, int epoch, int from, int to) {
    List<TokenRow> some = new ArrayList<>();
    for (int i = from; i < to; i++) {
      some.add(rows.row(epoch, i));
    }
    return new TokenBatch(some);
  }

  List<TokenRow> rows() {
    return rows;
  }

  int learned() {
    return rows.stream().mapToInt(TokenRow::learned).sum();
  }

  /** Places that are computed, empty ones included. */
  long places() {
    return (long) rows.size() * time;
  }

  int time() {
    return time;
  }

  /** int64 [batch, time]. */
  Tensor ids() {
    return joined(TokenRow::ids, 0);
  }

  /**
   * Where tokens stand.
   *
   * @param bothWays whether places see those behind them, so that padding must be out of sight
   */
  Stack.Places where(boolean bothWays) {
    boolean ragged = rows.stream().anyMatch(row -> row.used() < time);
    if (!packed && !(bothWays && ragged)) {
      return Stack.Places.from(0, time);
    }
    long longest = 0;
    for (TokenRow row : rows) {
      longest = Math.max(longest, Arrays.stream(row.positions()).max().orElse(0) + 1);
    }
    return new Stack.Places(
        joined(TokenRow::positions, 0), longest, null, joined(TokenRow::texts, 0));
  }

  /** The places, counted through all rows, where something is learned; int64. */
  Tensor learnedPlaces() {
    long[] found = new long[learned()];
    int next = 0;
    for (int row = 0; row < rows.size(); row++) {
      long[] targets = rows.get(row).targets();
      for (int i = 0; i < targets.length; i++) {
        if (targets[i] != TokenRow.IGNORED) {
          found[next++] = (long) row * time + i;
        }
      }
    }
    return Tensors.of(found, found.length);
  }

  /** A number for each learned place: its row's, or the same for all. */
  float[] learned(double... byRow) {
    float[] all = new float[learned()];
    int next = 0;
    for (int row = 0; row < rows.size(); row++) {
      int count = rows.get(row).learned();
      Arrays.fill(all, next, next + count, (float) byRow[byRow.length == 1 ? 0 : row]);
      next += count;
    }
    return all;
  }

  /** Numbers of learned places, summed by row. */
  double[] byRow(float[] each) {
    double[] sums = new double[rows.size()];
    int next = 0;
    for (int row = 0; row < sums.length; row++) {
      for (int i = rows.get(row).learned(); i > 0; i--) {
        sums[row] += each[next++];
      }
    }
    return sums;
  }

  /** What is learned at {@link #learnedPlaces}; int64. */
  Tensor targets() {
    long[] all =
        rows.stream()
            .flatMapToLong(row -> Arrays.stream(row.targets()))
            .filter(target -> target != TokenRow.IGNORED)
            .toArray();
    return Tensors.of(all, all.length);
  }

  private interface Field {
    long[] of(TokenRow row);
  }

  private Tensor joined(Field field, long empty) {
    long[] values = new long[rows.size() * time];
    Arrays.fill(values, empty);
    for (int i = 0; i < rows.size(); i++) {
      long[] own = field.of(rows.get(i));
      System.arraycopy(own, 0, values, i * time, own.length);
    }
    return Tensors.of(values, rows.size(), time);
  }
}

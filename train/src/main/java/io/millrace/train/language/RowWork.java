package io.millrace.train.language;

import io.millrace.data.language.TokenRows;
import io.millrace.train.Course;
import io.millrace.train.optimizer.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Steps over rows of tokens. */
final class RowWork implements Course.Work {
  private final TokenRows rows;
  private final int batch;
  private final int accumulate;
  private final TokenStep step;
  private final Updates updates;
  private final Supplier<Map<String, Double>> watched;

  RowWork(
      TokenRows rows,
      int batch,
      int accumulate,
      TokenStep step,
      Updates updates,
      Supplier<Map<String, Double>> watched) {
    this.rows = rows;
    this.batch = batch;
    this.accumulate = accumulate;
    this.step = step;
    this.updates = updates;
    this.watched = watched;
  }

  @Override
  public Course.Taken step(Optimizer running, int epoch, int number) {
    int first = number * batch * accumulate;
    int last = Math.min(rows.count(), first + batch * accumulate);
    List<TokenBatch> pieces = new ArrayList<>();
    double learned = 0;
    for (int from = first; from < last; from += batch) {
      TokenBatch piece = TokenBatch.of(rows, epoch, from, Math.min(last, from + batch));
      if (piece.learned() > 0) {
        pieces.add(piece);
        learned += piece.learned();
      }
    }
    if (pieces.isEmpty()) {
      return new Course.Taken(0, 0, 0);
    }
    double sum = 0;
    int texts = pieces.stream().mapToInt(step::texts).sum();
    long places = pieces.stream().mapToLong(TokenBatch::places).sum();
    for (TokenBatch piece : pieces) {
      sum += step.backwardOfRows(piece, 1 / learned, texts);
    }
    if (Double.isFinite(sum)) {
      updates.apply(running);
    }
    return new Course.Taken(sum, learned, places);
  }

  @Override
  public Map<String, Double> validate() {
    return watched.get();
  }
}

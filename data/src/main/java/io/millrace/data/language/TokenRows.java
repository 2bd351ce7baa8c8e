package io.millrace.data.language;

/** Rows to learn from, epoch after epoch: the same numbers give the same row, in any order. */
public interface TokenRows {
  /** How many rows an epoch has. */
  int count();

  /** How long a row is at most. */
  int width();

  /**
   * A row.
   *
   * @param epoch from 0
   * @param index from 0, already shuffled
   */
  TokenRow row(int epoch, int index);

  /** What distinguishes these rows from others, in words, for checkpoints. */
  String description();
}

package io.millrace.data;

/**
 * A split: the row numbers of the training and of the test part.
 *
 * @param train rows to learn from
 * @param test rows held out
 */
public record Parts(int[] train, int[] test) {
  /** Which part. */
  public enum Side {
    TRAIN,
    TEST
  }
}

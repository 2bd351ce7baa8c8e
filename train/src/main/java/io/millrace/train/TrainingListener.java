package io.millrace.train;

/**
 * Is told how training goes, on the training thread. One that throws is reported and left out from
 * then on.
 */
public interface TrainingListener {
  /** Training begins. */
  default void started(Training training) {}

  /** A step is done. */
  default void stepped(Training training) {}

  /** An epoch is done, its validation included. */
  default void finished(Training training, History.Epoch epoch) {}

  /** Training has ended, well or not. */
  default void ended(Training training) {}
}

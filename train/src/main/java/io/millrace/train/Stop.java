package io.millrace.train;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets another thread end a training after its present step, with a checkpoint: what Ctrl-C does.
 */
public final class Stop {
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean requested;
  private volatile boolean begun;
  private volatile boolean heeded;

  /** Asks the training to save and end. */
  public void request() {
    requested = true;
  }

  /** Whether it was asked to end. */
  public boolean isRequested() {
    return requested;
  }

  /** Whether a training ended because of this, with what it had to save saved. */
  public boolean isHeeded() {
    return heeded;
  }

  void heeded() {
    heeded = true;
  }

  /**
   * Waits until the training has ended.
   *
   * @return whether it has, or never began
   */
  public boolean await(Duration longest) {
    try {
      return !begun || ended.await(longest.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  void begun() {
    begun = true;
  }

  void ended() {
    ended.countDown();
  }
}

package io.millrace.serve;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts requests on their way, so that nobody is cut off when a model goes. */
public final class Traffic {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition quiet = lock.newCondition();
  private int open;
  private long last = System.nanoTime();

  /** One more; what is returned says, once, that it is over. */
  public Runnable enter() {
    lock.lock();
    try {
      open++;
      last = System.nanoTime();
    } finally {
      lock.unlock();
    }
    AtomicBoolean over = new AtomicBoolean();
    return () -> {
      if (over.compareAndSet(false, true)) {
        leave();
      }
    };
  }

  private void leave() {
    lock.lock();
    try {
      last = System.nanoTime();
      if (--open == 0) {
        quiet.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  int open() {
    lock.lock();
    try {
      return open;
    } finally {
      lock.unlock();
    }
  }

  /** Whether there was nothing for so long. */
  boolean isIdleFor(Duration time) {
    lock.lock();
    try {
      return open == 0 && System.nanoTime() - last >= time.toNanos();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until nothing is on its way; false if the time is over before. */
  public boolean awaitQuiet(Duration most) {
    lock.lock();
    try {
      long left = most.toNanos();
      while (open > 0 && left > 0) {
        left = quiet.awaitNanos(left);
      }
      return open == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }
}

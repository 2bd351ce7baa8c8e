package io.millrace.serve.engine;

import io.millrace.serve.ServeException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The requests that wait for an engine's thread, and how the two find each other. */
final class Waiting {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final FairQueue queue = new FairQueue();
  private final int most;
  private boolean closed;

  /**
   * Nobody waits.
   *
   * @param most requests that may wait
   */
  Waiting(int most) {
    this.most = most;
  }

  /**
   * Takes a request on.
   *
   * @param idle whether the engine has nothing to do: then one may come where none may wait
   * @throws ServeException if too many wait, or the engine has ended
   */
  Job add(Order order, Listener listener, boolean idle) {
    Job job = new Job(order, listener, this::wake);
    lock.lock();
    try {
      if (closed) {
        throw ServeException.unavailable("engine.closed");
      }
      if (queue.size() >= most && !(queue.size() == 0 && idle)) {
        throw ServeException.unavailable("engine.busy", queue.size());
      }
      queue.add(job);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    return job;
  }

  private void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a request, unless the engine has other work; false at the end. */
  boolean await(BooleanSupplier otherWork) {
    lock.lock();
    try {
      while (!closed && queue.size() == 0 && !otherWork.getAsBoolean()) {
        changed.awaitUninterruptibly();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Takes the request whose turn it is, if it fits; null if it does not, or there is none. */
  @Nullable Job take(Predicate<Job> fits) {
    lock.lock();
    try {
      Job next = queue.peek();
      if (next == null || !fits.test(next)) {
        return null;
      }
      queue.take();
      return next;
    } finally {
      lock.unlock();
    }
  }

  /** Removes those that are meant, telling each. */
  void removeIf(Predicate<Job> ended) {
    lock.lock();
    try {
      queue.removeIf(ended);
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Takes no further requests. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes no further requests, and tells those that wait. */
  void fail() {
    close();
    removeIf(
        job -> {
          job.listener().failed(ServeException.unavailable("engine.closed"));
          return true;
        });
  }
}

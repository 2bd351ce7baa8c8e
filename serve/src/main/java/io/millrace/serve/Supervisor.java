package io.millrace.serve;

import io.millrace.serve.worker.Frame;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one worker running: starts the next as soon as one ends. The circuit breaker opens after
 * several workers in a row that died young: then it waits, longer each time, before it tries again.
 */
final class Supervisor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
  private static final Duration YOUNG = Duration.ofSeconds(20);
  private static final int QUICK_RESTARTS = 3;
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

  private final String name;
  private final Path folder;
  private final List<String> options;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable WorkerConnection connection;
  private @Nullable String lastFailure;
  private volatile boolean closed;
  private int diedYoung;

  private Supervisor(String name, Path folder, List<String> options) {
    this.name = name;
    this.folder = folder;
    this.options = options;
  }

  /**
   * @param options arguments of the worker behind the folder
   */
  static Supervisor start(String name, Path folder, List<String> options) {
    Supervisor supervisor = new Supervisor(name, folder, List.copyOf(options));
    Thread.ofPlatform().daemon().name("millrace-watch-" + name).start(supervisor::watch);
    return supervisor;
  }

  private void watch() {
    while (!closed) {
      long started = System.nanoTime();
      try (WorkerConnection worker = WorkerConnection.open(name, folder, options)) {
        set(worker, null);
        worker.awaitEnd();
        if (!closed) {
          LOG.warn("worker of {} (process {}) ended; starting another", name, worker.pid());
        }
      } catch (ServeException e) {
        LOG.warn("worker of {} did not start: {}", name, e.getMessage());
        set(null, e.getMessage());
      } catch (IOException e) {
        LOG.warn("worker of {} did not start: {}", name, e.toString());
        set(null, String.valueOf(e.getMessage()));
      } finally {
        set(null, lastFailure);
      }
      boolean young = System.nanoTime() - started < YOUNG.toNanos();
      diedYoung = young ? diedYoung + 1 : 0;
      if (!closed && diedYoung > QUICK_RESTARTS) {
        pause(diedYoung - QUICK_RESTARTS);
      }
    }
  }

  private void set(@Nullable WorkerConnection now, @Nullable String failure) {
    lock.lock();
    try {
      connection = closed ? null : now;
      lastFailure = failure;
      changed.signalAll();
      if (closed && now != null) {
        now.close();
      }
    } finally {
      lock.unlock();
    }
  }

  private void pause(int times) {
    long seconds = Math.min(LONGEST_PAUSE.toSeconds(), 1L << Math.min(times, 10));
    lock.lock();
    try {
      long left = Duration.ofSeconds(seconds).toNanos();
      while (left > 0 && !closed) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  CompletableFuture<Frame> ask(Frame.Kind kind, int argument, List<Values> inputs) {
    try {
      return worker().ask(kind, argument, inputs);
    } catch (ServeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** The running worker. */
  WorkerConnection worker() {
    lock.lock();
    try {
      if (connection != null) {
        return connection;
      }
      throw lastFailure == null
          ? ServeException.unavailable("worker.starting", name)
          : ServeException.unavailable("worker.broken", name, lastFailure);
    } finally {
      lock.unlock();
    }
  }

  boolean isReady() {
    lock.lock();
    try {
      return connection != null;
    } finally {
      lock.unlock();
    }
  }

  @Nullable Long pid() {
    lock.lock();
    try {
      return connection == null ? null : connection.pid();
    } finally {
      lock.unlock();
    }
  }

  void awaitReady(Duration most) {
    lock.lock();
    try {
      long left = most.toNanos();
      while (connection == null) {
        if (lastFailure != null) {
          throw ServeException.unavailable("worker.broken", name, lastFailure);
        }
        if (left <= 0) {
          throw ServeException.unavailable("worker.starting", name);
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ServeException.unavailable("worker.starting", name);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      if (connection != null) {
        connection.close();
      }
    } finally {
      lock.unlock();
    }
  }
}

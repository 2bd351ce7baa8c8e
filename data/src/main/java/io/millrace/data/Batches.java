package io.millrace.data;

import io.millrace.data.augment.Augmentation;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Cuts a data set into batches that loader threads gather ahead of use. Which rows come when is a
 * function of (seed, epoch, index) alone, whatever the number of loaders: loader t gathers the
 * batches t, t + loaders, t + 2·loaders …, and the reader takes them in turn.
 */
public final class Batches {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final int AHEAD = 4;

  private final Dataset dataset;
  private final int size;
  private final Sampler sampler;
  private final int loaders;
  private final Augmentation augmentation;

  private Batches(
      Dataset dataset, int size, Sampler sampler, int loaders, Augmentation augmentation) {
    this.dataset = dataset;
    this.size = size;
    this.sampler = sampler;
    this.loaders = loaders;
    this.augmentation = augmentation;
    if (size < 1) {
      throw new DataException("batch.size", size);
    }
    if (size > dataset.count()) {
      throw new DataException("batch.large", size, dataset.count(), dataset.name());
    }
    if (loaders < 0 || loaders > 64) {
      throw new DataException("batch.loaders", loaders);
    }
  }

  /**
   * Batches in a new random order each epoch; the last of an epoch may be smaller.
   *
   * @param loaders threads that gather ahead, 0 to 64; with 0 the reader gathers itself
   * @throws DataException if {@code size} is below 1 or larger than the data set
   */
  public static Batches shuffled(Dataset dataset, int size, long seed, int loaders) {
    return of(dataset, size, Sampler.shuffled(dataset.count(), seed), loaders, Augmentation.NONE);
  }

  /**
   * Batches in an order of one's own, of rows that are changed at random.
   *
   * @param loaders threads that gather ahead, 0 to 64; with 0 the reader gathers itself
   */
  public static Batches of(
      Dataset dataset, int size, Sampler sampler, int loaders, Augmentation augmentation) {
    return new Batches(dataset, size, sampler, loaders, augmentation);
  }

  /** Batches in the data's own order; a size larger than the data means one batch of all. */
  public static Batches inOrder(Dataset dataset, int size) {
    return of(
        dataset,
        Math.min(size, dataset.count()),
        Sampler.inOrder(dataset.count()),
        0,
        Augmentation.NONE);
  }

  /** The number of batches in an epoch. */
  public int count() {
    return (sampler.count() + size - 1) / size;
  }

  /** Reads one epoch from its first batch; close it when leaving early. */
  public Epoch epoch(int epoch) {
    return new Epoch(epoch, 0);
  }

  /** Reads one epoch from a later batch, to continue after an interruption. */
  public Epoch epoch(int epoch, int firstBatch) {
    return new Epoch(epoch, firstBatch);
  }

  /** One pass over the data. */
  public final class Epoch implements Iterator<Batch>, AutoCloseable {
    private final int[] order;
    private final Thread[] threads;
    private final BlockingQueue<Object>[] queues;
    private final int first;
    private final int number;
    private int next;
    private long waited;

    @SuppressWarnings({"unchecked", "rawtypes"})
    private Epoch(int epoch, int firstBatch) {
      number = epoch;
      order = sampler.order(epoch);
      first = firstBatch;
      next = firstBatch;
      threads = new Thread[loaders];
      queues = new BlockingQueue[loaders];
      for (int i = 0; i < loaders; i++) {
        int loader = i;
        queues[i] = new ArrayBlockingQueue<>(AHEAD);
        threads[i] =
            Thread.ofPlatform()
                .daemon()
                .name("millrace-loader-" + NUMBER.incrementAndGet())
                .start(() -> load(loader));
      }
    }

    private void load(int loader) {
      try {
        for (int batch = first + loader; batch < count(); batch += loaders) {
          Object gathered;
          try {
            gathered = gather(batch);
          } catch (RuntimeException e) {
            queues[loader].put(e);
            return;
          }
          queues[loader].put(gathered);
        }
      } catch (InterruptedException e) {
        // The reader has left.
      }
    }

    private Batch gather(int batch) {
      int from = batch * size;
      int[] rows = Arrays.copyOfRange(order, from, Math.min(order.length, from + size));
      return Batch.of(dataset, rows, augmentation, number);
    }

    /** The number of the batch that {@link #next} returns. */
    public int index() {
      return next;
    }

    @Override
    public boolean hasNext() {
      return next < count();
    }

    @Override
    public Batch next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      int batch = next++;
      long start = System.nanoTime();
      try {
        if (loaders == 0) {
          return gather(batch);
        }
        Object taken = queues[(batch - first) % loaders].take();
        if (taken instanceof RuntimeException e) {
          throw e;
        }
        return (Batch) taken;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DataException("batch.interrupted");
      } finally {
        waited += System.nanoTime() - start;
      }
    }

    /** The nanoseconds that the reader has waited for batches, or gathered them itself. */
    public long waited() {
      return waited;
    }

    /** Stops the loaders. */
    @Override
    public void close() {
      for (Thread thread : threads) {
        thread.interrupt();
      }
    }
  }
}

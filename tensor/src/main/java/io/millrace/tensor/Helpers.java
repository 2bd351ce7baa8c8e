package io.millrace.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Work in Java on the threads that help libtorch's operators (GNU's OpenMP, on Linux). They wait
 * busily between operators: asking them costs two microseconds, and threads of one's own would take
 * the processors away from them. Elsewhere the caller does all by itself.
 */
public final class Helpers {
  private static final @Nullable MethodHandle PARALLEL = find();
  private static final long ENTRY = PARALLEL == null ? 0 : entry();

  /** What is being worked on, by the number that helpers are given. */
  private static final Map<Long, Work> WORKS = new ConcurrentHashMap<>();

  private static final AtomicLong NUMBERS = new AtomicLong();

  private Helpers() {}

  /** Parts that threads take one after another. */
  private static final class Work {
    private final IntConsumer each;
    private final int parts;
    private final AtomicInteger next = new AtomicInteger();
    private volatile @Nullable Throwable failure;

    Work(IntConsumer each, int parts) {
      this.each = each;
      this.parts = parts;
    }

    void run() {
      try {
        for (int part = next.getAndIncrement(); part < parts; part = next.getAndIncrement()) {
          each.accept(part);
        }
      } catch (Throwable e) {
        // Nothing may leave into OpenMP: that would end the process.
        failure = e;
        next.set(parts);
      }
    }
  }

  private static @Nullable MethodHandle find() {
    Engine.start();
    try {
      // By its name: it is loaded with libtorch, whose threads are meant.
      return Natives.function(
          SymbolLookup.libraryLookup("libgomp.so.1", Arena.global()),
          "GOMP_parallel",
          FunctionDescriptor.ofVoid(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT));
    } catch (IllegalArgumentException e) {
      return null; // not on this system
    }
  }

  private static long entry() {
    try {
      return Linker.nativeLinker()
          .upcallStub(
              MethodHandles.lookup()
                  .findStatic(Helpers.class, "help", MethodType.methodType(void.class, long.class)),
              FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG),
              Arena.global())
          .address();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Called by each thread, the caller's among them. */
  @SuppressWarnings("unused") // from outside
  private static void help(long number) {
    Work work = WORKS.get(number);
    if (work != null) {
      work.run();
    }
  }

  /**
   * Does all parts, some at the same time, and waits for them. Which thread does which is left
   * open: a part's result may not depend on it.
   *
   * @param parts how many, from 0
   * @param each does a part; what it throws comes out here, and parts not begun are left
   */
  public static void each(int parts, IntConsumer each) {
    MethodHandle parallel = PARALLEL;
    int threads = parts < 2 ? 1 : Threads.count();
    if (parallel == null || threads < 2) {
      for (int part = 0; part < parts; part++) {
        each.accept(part);
      }
      return;
    }
    Work work = new Work(each, parts);
    long number = NUMBERS.incrementAndGet();
    WORKS.put(number, work);
    try {
      // All threads, however few parts: OpenMP ends those that one region does without.
      parallel.invokeExact(ENTRY, number, threads, 0);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    } finally {
      WORKS.remove(number);
    }
    Throwable failure = work.failure;
    if (failure instanceof RuntimeException wrong) {
      throw wrong;
    } else if (failure instanceof Error wrong) {
      throw wrong;
    }
  }
}

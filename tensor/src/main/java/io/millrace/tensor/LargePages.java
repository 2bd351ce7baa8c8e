package io.millrace.tensor;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** Asks Linux for large pages under weights. Nothing depends on the answer. */
final class LargePages {
  /** Smaller ranges hold too few whole large pages. */
  static final long WORTH = 4 << 20;

  private static final long PAGE = 2 << 20;
  private static final int MADV_HUGEPAGE = 14;
  private static final @Nullable MethodHandle MADVISE = find();

  private LargePages() {}

  private static @Nullable MethodHandle find() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return null;
    }
    return Natives.system(
        "madvise",
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT));
  }

  static void advise(long address, long bytes) {
    long from = (address + PAGE - 1) / PAGE * PAGE;
    long to = (address + bytes) / PAGE * PAGE;
    if (MADVISE == null || to <= from) {
      return;
    }
    try {
      int ignored =
          (int) MADVISE.invokeExact(MemorySegment.ofAddress(from), to - from, MADV_HUGEPAGE);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}

package io.millrace.tensor;

import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * How many threads one operator uses. Small steps run faster on one thread than on many (measured:
 * docs/decisions/0002), so the count follows the work of a step; {@code -Dmillrace.threads=N}
 * overrides. libtorch keeps the count per calling thread: set it on the thread that computes.
 */
public final class Threads {
  /**
   * Below this many floating-point operations a step, waking a second thread costs more than it
   * brings.
   */
  private static final double SMALL_STEP = 100e6;

  private Threads() {}

  /** The count that this thread uses. */
  public static int count() {
    Engine.start();
    return torch.get_num_threads();
  }

  /**
   * Sets the count for this thread.
   *
   * @param count from 1 to 1024
   */
  public static void use(int count) {
    if (count < 1 || count > 1024) {
      throw new TensorException("threads.count", count);
    }
    Engine.start();
    torch.set_num_threads(count);
  }

  /**
   * Chooses and sets the count for steps of this much work. A function of the work alone, so that
   * equal runs round equally.
   *
   * @param operations floating-point operations of one step
   * @return the count now in use
   */
  public static int useForWork(double operations) {
    Integer fixed = overridden();
    int count =
        fixed != null
            ? fixed
            : operations < SMALL_STEP ? 1 : Math.max(1, Runtime.getRuntime().availableProcessors());
    use(count);
    return count;
  }

  private static @Nullable Integer overridden() {
    return Integer.getInteger("millrace.threads");
  }

  /** Called once the engine is loaded, before anybody may call it. */
  static void start() {
    Integer fixed = overridden();
    if (fixed != null) {
      if (fixed < 1 || fixed > 1024) {
        throw new TensorException("threads.count", fixed);
      }
      torch.set_num_threads(fixed);
    }
  }
}

package io.millrace.tensor;

import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A thread's way of working until {@link #close}: without gradients, for inference only, or in
 * mixed precision. libtorch keeps these in native thread-locals, so a mode is closed on its own
 * thread and in reverse order.
 *
 * <pre>{@code
 * try (Mode mode = Mode.inference()) { … }
 * }</pre>
 */
public final class Mode implements AutoCloseable {
  private static final ThreadLocal<@Nullable Mode> INNERMOST = new ThreadLocal<>();

  private final Thread owner = Thread.currentThread();
  private final @Nullable Mode outer = INNERMOST.get();
  private final Runnable restore;
  private boolean closed;

  private Mode(Runnable restore) {
    this.restore = restore;
    INNERMOST.set(this);
  }

  /** Records no gradients. */
  public static Mode noGradient() {
    return gradient(false);
  }

  /** Records gradients again inside {@link #noGradient}. */
  public static Mode gradient() {
    return gradient(true);
  }

  private static Mode gradient(boolean on) {
    begin();
    boolean before = org.bytedeco.pytorch.GradMode.is_enabled();
    org.bytedeco.pytorch.GradMode.set_enabled(on);
    return new Mode(() -> org.bytedeco.pytorch.GradMode.set_enabled(before));
  }

  /**
   * The fastest way forward: no gradients and no version counters. Tensors made here can never take
   * part in training.
   */
  public static Mode inference() {
    begin();
    InferenceMode guard = new InferenceMode(true);
    return new Mode(guard::close);
  }

  /**
   * Mixed precision: products run in bfloat16, sums and losses in float32, weights stay as they
   * are. The cast cache is off: with it, the cast weights of the first step would be used for ever.
   */
  public static Mode autocast() {
    return autocast(true);
  }

  /** Products in the types of their tensors, also inside {@link #autocast}. */
  public static Mode asStored() {
    return autocast(false);
  }

  private static Mode autocast(boolean on) {
    begin();
    var cpu = torch.DeviceType.CPU;
    boolean enabled = torch.is_autocast_enabled(cpu);
    boolean cached = torch.is_autocast_cache_enabled();
    var dtype = torch.get_autocast_dtype(cpu);
    torch.set_autocast_cache_enabled(false);
    torch.set_autocast_dtype(cpu, torch.ScalarType.BFloat16);
    torch.set_autocast_enabled(cpu, on);
    return new Mode(
        () -> {
          torch.set_autocast_enabled(cpu, enabled);
          torch.set_autocast_dtype(cpu, dtype);
          torch.set_autocast_cache_enabled(cached);
        });
  }

  /**
   * Takes numbers too small for full precision (below 1e-38 in float32) as zero. Weights behind
   * inputs that are always zero make Adam's averages decay into that range, where processors
   * compute many times slower: measured on MNIST, whose margins are white, an Adam step took 400 µs
   * instead of 150.
   */
  public static Mode flushDenormals() {
    begin();
    org.bytedeco.pytorch.Context.setFlushDenormal(true);
    return new Mode(() -> org.bytedeco.pytorch.Context.setFlushDenormal(false));
  }

  private static void begin() {
    Engine.start();
    if (Thread.currentThread().isVirtual()) {
      throw new TensorException("thread.virtual");
    }
  }

  /**
   * Ends the mode and restores what was before. Closing twice does nothing.
   *
   * @throws TensorException on another thread, or while a mode opened later is still open
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (owner != Thread.currentThread()) {
      throw new TensorException(
          "thread.other", "Mode.close", owner.getName(), Thread.currentThread().getName());
    }
    if (INNERMOST.get() != this) {
      throw new TensorException("mode.order");
    }
    closed = true;
    INNERMOST.set(outer);
    restore.run();
  }
}

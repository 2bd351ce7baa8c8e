package io.millrace.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Owns native memory: every tensor belongs to one scope and is freed when that scope closes, or
 * earlier by its own {@code close()}. The binding's own bookkeeping (a reference queue) costs more
 * than a small operator, so it is off; see the engine notes.
 *
 * <pre>{@code
 * try (Scope step = Scope.open()) {          // confined to this thread
 *   Tensor loss = model.forward(x).mean();   // temporaries are freed with the scope
 *   return loss.item();
 * }
 * }</pre>
 *
 * <p>{@link #open} scopes nest on one thread, and their tensors may only be used there. {@link
 * #shared} scopes hold what several threads read, such as a served model's weights; closing one
 * waits for nobody: calls in flight finish, later ones are refused.
 */
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<@Nullable Scope> INNERMOST = new ThreadLocal<>();
  private static final AtomicLong LIVE = new AtomicLong();

  /** Added to {@link #users} by close: any count above it means that the scope is closed. */
  private static final long CLOSED = 1L << 40;

  private final @Nullable Thread owner;
  private final @Nullable Scope parent;
  private final List<Tensor> tensors = new ArrayList<>();
  private final AtomicLong users = new AtomicLong();
  private boolean closed;

  private Scope(@Nullable Thread owner, @Nullable Scope parent) {
    this.owner = owner;
    this.parent = parent;
  }

  /**
   * Opens a scope on this thread; tensors made from now on belong to it, until it closes.
   *
   * @throws TensorException on a virtual thread: libtorch keeps its modes in native thread-locals
   */
  public static Scope open() {
    Thread thread = Thread.currentThread();
    if (thread.isVirtual()) {
      throw new TensorException("thread.virtual");
    }
    Scope scope = new Scope(thread, INNERMOST.get());
    INNERMOST.set(scope);
    return scope;
  }

  /** Makes a scope for tensors that several threads use; fill it with {@link #adopt}. */
  public static Scope shared() {
    return new Scope(null, null);
  }

  /**
   * The innermost open scope of this thread.
   *
   * @throws TensorException if there is none
   */
  public static Scope current() {
    Scope scope = INNERMOST.get();
    if (scope == null) {
      throw new TensorException("scope.none");
    }
    return scope;
  }

  /** The number of live tensors in the whole process, for leak tests and {@code doctor}. */
  public static long liveTensors() {
    return LIVE.get();
  }

  /** Moves a tensor into this scope: it now lives until this scope closes. Returns the tensor. */
  public Tensor adopt(Tensor tensor) {
    check("adopt");
    tensor.move("adopt", this);
    return tensor;
  }

  /**
   * Moves a tensor to the scope around this one, so that it outlives this one. Returns the tensor.
   *
   * @throws TensorException if no scope is around this one
   */
  public Tensor keep(Tensor tensor) {
    check("keep");
    if (parent == null) {
      throw new TensorException("scope.outermost");
    }
    return parent.adopt(tensor);
  }

  /** The number of tensors that this scope owns. */
  public int size() {
    synchronized (tensors) {
      return tensors.size();
    }
  }

  /** Whether this scope belongs to one thread. */
  public boolean isConfined() {
    return owner != null;
  }

  /**
   * Frees every tensor of this scope. Closing twice does nothing.
   *
   * @throws TensorException if scopes opened later on this thread are still open, or on another
   *     thread
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (owner != null) {
      check("close");
      if (INNERMOST.get() != this) {
        throw new TensorException("scope.order");
      }
      INNERMOST.set(parent);
      closed = true;
      freeAll();
      return;
    }
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    if (users.addAndGet(CLOSED) == CLOSED) {
      freeAll();
    }
  }

  private void freeAll() {
    synchronized (tensors) {
      for (Tensor tensor : tensors) {
        tensor.free();
      }
      LIVE.addAndGet(-tensors.size());
      tensors.clear();
    }
  }

  /** Refuses the wrong thread and a closed scope. */
  void check(String operator) {
    if (owner != null && owner != Thread.currentThread()) {
      throw new TensorException(
          "thread.other", operator, owner.getName(), Thread.currentThread().getName());
    }
    if (closed) {
      throw new TensorException("scope.closed", operator);
    }
  }

  /** Counts a call in, so that a shared scope is not freed under it. */
  void enter(String operator) {
    if (owner != null) {
      check(operator);
    } else if (users.incrementAndGet() > CLOSED) {
      leave();
      throw new TensorException("scope.closed", operator);
    }
  }

  /** Counts a call out; the last one out of a closed shared scope frees it. */
  void leave() {
    if (owner == null && users.decrementAndGet() == CLOSED) {
      freeAll();
    }
  }

  void add(Tensor tensor) {
    if (owner != null) {
      tensor.slot = tensors.size();
      tensors.add(tensor);
    } else {
      synchronized (tensors) {
        tensor.slot = tensors.size();
        tensors.add(tensor);
      }
    }
    LIVE.incrementAndGet();
  }

  /** Takes a tensor out in constant time: the last one moves into its slot. */
  void remove(Tensor tensor) {
    synchronized (tensors) {
      int last = tensors.size() - 1;
      Tensor moved = tensors.remove(last);
      if (tensor.slot != last) {
        tensors.set(tensor.slot, moved);
        moved.slot = tensor.slot;
      }
    }
    LIVE.decrementAndGet();
  }
}

package io.millrace.serve.engine;

import io.millrace.model.generation.Guide;
import io.millrace.model.generation.Sampling;
import io.millrace.model.transformer.Changes;
import io.millrace.model.transformer.PagedSequence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request on its way: waiting, reading its prompt, writing its copies. */
final class Job implements LanguageEngine.Ticket {
  /** One answer under way. */
  static final class Copy {
    final int index;
    final PagedSequence text;
    final Sampling sampling;
    final List<Long> written = new ArrayList<>();
    final @Nullable Guide guide;
    final Guesses guesses;
    final @Nullable Changes adapter;

    Copy(int index, PagedSequence text, Order order) {
      this.index = index;
      this.guide = order.guide() == null ? null : order.guide().get();
      this.text = text;
      this.sampling = order.sampling(index);
      this.adapter = order.adapter();
      this.guesses = new Guesses(order.prompt(), written);
    }
  }

  private final Order order;
  private final Listener listener;
  private final Runnable wake;
  private final long arrived = System.nanoTime();
  private volatile boolean cancelled;
  private @Nullable PagedSequence prompt;
  private List<Copy> copies = new ArrayList<>();
  private long lastToken;

  Job(Order order, Listener listener, Runnable wake) {
    this.order = order;
    this.listener = listener;
    this.wake = wake;
  }

  Order order() {
    return order;
  }

  Listener listener() {
    return listener;
  }

  @Override
  public void cancel() {
    cancelled = true;
    wake.run();
  }

  /** Why it must end now; absent: it goes on. */
  Listener.@Nullable Finish over() {
    if (cancelled) {
      return Listener.Finish.CANCELLED;
    }
    Duration patience = order.patience();
    // Not by the time of day, which may be set.
    boolean late = patience != null && System.nanoTime() - arrived > patience.toNanos();
    return late ? Listener.Finish.DEADLINE : null;
  }

  /** The prompt while it is read; absent before and after. */
  @Nullable PagedSequence prompt() {
    return prompt;
  }

  void reads(PagedSequence text) {
    prompt = text;
  }

  /** The prompt is read: the first copy goes on with it, the others with forks. */
  List<Copy> writes() {
    PagedSequence read = java.util.Objects.requireNonNull(prompt);
    int room = read.length() + order.sampling().maxTokens();
    for (int i = 1; i < order.copies(); i++) {
      PagedSequence fork = read.fork();
      copies.add(new Copy(i, fork, order));
      fork.reserve(room);
    }
    copies.addFirst(new Copy(0, read, order));
    prompt = null;
    return copies;
  }

  List<Copy> copies() {
    return copies;
  }

  /** Seconds since the request came, or since its last token; then this token is the last. */
  double sinceLast() {
    long now = System.nanoTime();
    double seconds = (now - (lastToken == 0 ? arrived : lastToken)) / 1e9;
    lastToken = now;
    return seconds;
  }

  void end(Copy copy) {
    copy.text.close();
    copies.remove(copy);
  }

  /** Gives all blocks back. */
  void close() {
    if (prompt != null) {
      prompt.close();
      prompt = null;
    }
    copies.forEach(copy -> copy.text.close());
    copies = new ArrayList<>();
  }
}

package io.millrace.serve.engine;

import io.millrace.ground.message.Problem;
import io.millrace.model.architecture.Decoding;
import io.millrace.model.architecture.EncoderDecoderModel;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.generation.Generator;
import io.millrace.model.generation.Guide;
import io.millrace.serve.ServeException;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one text after another, owners in turn: for models whose texts have no blocks to share, as
 * encoder-decoders and recurrent ones. A request's tokens are those of the offline generator.
 */
public final class TurnEngine implements TextWriter {
  private static final Logger LOG = LoggerFactory.getLogger(TurnEngine.class);

  private final Decoding model;
  private final long @Nullable [] start;
  private final Waiting waiting;
  private final Counts counts = new Counts();
  private final Thread thread;
  private volatile EngineState state = counts.state(0, 0, 0);

  private TurnEngine(String name, Decoding model, long @Nullable [] start, int most) {
    this.model = model;
    this.start = start;
    this.waiting = new Waiting(most);
    this.thread = Thread.ofPlatform().daemon().name("millrace-engine-" + name).unstarted(this::run);
  }

  /**
   * Starts an engine.
   *
   * @param start what an encoder-decoder's answers begin with; absent for other models
   * @param most requests that may wait
   */
  public static TurnEngine start(String name, Decoding model, long @Nullable [] start, int most) {
    TurnEngine engine = new TurnEngine(name, model, start, most);
    engine.thread.start();
    return engine;
  }

  @Override
  public LanguageEngine.Ticket submit(Order order, Listener listener) {
    order.check(model.vocabulary());
    long length = start == null ? order.prompt().length : start.length;
    long answer = order.sampling().maxTokens();
    if (length + answer > model.context()) {
      throw ServeException.wrong(
          "engine.context", length, answer, length + answer, model.context());
    }
    return waiting.add(order, listener, false);
  }

  @Override
  public EngineState state() {
    return state;
  }

  private void run() {
    Job job;
    while ((job = next()) != null) {
      try {
        write(job);
      } catch (RuntimeException e) {
        if (!(e instanceof Problem)) {
          LOG.error("a request failed", e);
        }
        job.listener().failed(e);
      }
      publish(0);
    }
    waiting.fail();
  }

  /** The request whose turn it is; null at the end. */
  private @Nullable Job next() {
    while (waiting.await(() -> false)) {
      removeEnded();
      Job job = waiting.take(any -> true);
      if (job != null) {
        job.listener().begun();
        return job;
      }
    }
    return null;
  }

  private void removeEnded() {
    waiting.removeIf(
        job -> {
          Listener.Finish over = job.over();
          for (int copy = 0; over != null && copy < job.order().copies(); copy++) {
            tell(job, copy, over);
          }
          return over != null;
        });
  }

  private void tell(Job job, int copy, Listener.Finish finish) {
    counts.finished(finish);
    job.listener().finished(copy, finish);
  }

  private void write(Job job) {
    Order order = job.order();
    counts.prompt(order.prompt().length, 0);
    for (int copy = 0; copy < order.copies(); copy++) {
      int index = copy;
      Supplier<? extends Guide> guide = order.guide();
      Watch watch = new Watch(job, index);
      try (Scope scope = Scope.open()) {
        Inputs read = null;
        if (model instanceof EncoderDecoderModel) {
          read = Inputs.ids(Tensors.of(order.prompt(), 1, order.prompt().length));
        }
        new Generator(model)
            .write(
                read,
                start == null ? order.prompt() : start,
                order.sampling(index),
                guide == null ? null : guide.get(),
                watch);
      }
      Listener.Finish over = watch.over;
      boolean full = watch.written >= order.sampling().maxTokens() && !watch.stopped;
      tell(job, index, over != null ? over : full ? Listener.Finish.LENGTH : Listener.Finish.STOP);
    }
  }

  /** Passes tokens on and looks around between them. */
  private final class Watch implements Generator.Listener {
    private final Job job;
    private final int copy;
    private Listener.@Nullable Finish over;
    private boolean stopped;
    private int written;

    Watch(Job job, int copy) {
      this.job = job;
      this.copy = copy;
    }

    @Override
    public boolean next(int row, io.millrace.model.generation.Choice choice) {
      counts.token(++written == 1, job);
      boolean more = job.listener().token(copy, choice);
      stopped = !more || job.order().sampling().ends().contains(choice.id());
      removeEnded();
      over = waiting.isClosed() ? Listener.Finish.CANCELLED : job.over();
      publish(1);
      return more && over == null;
    }
  }

  private void publish(int running) {
    state = counts.state(running, waiting.size(), 0);
  }

  @Override
  public void close() {
    waiting.close();
    Threads.join(thread);
  }
}

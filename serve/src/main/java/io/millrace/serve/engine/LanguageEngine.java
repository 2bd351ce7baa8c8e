package io.millrace.serve.engine;

import io.millrace.ground.message.Problem;
import io.millrace.model.architecture.CausalModel;
import io.millrace.model.generation.Choice;
import io.millrace.model.generation.Guide;
import io.millrace.model.transformer.Changes;
import io.millrace.model.transformer.PagedCache;
import io.millrace.model.transformer.PagedSequence;
import io.millrace.serve.ServeException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes many texts at once with one model, on a thread of its own.
 *
 * <pre>{@code
 * try (LanguageEngine engine = LanguageEngine.start("qwen", causal, DType.BFLOAT16, Options.usual(4096))) {
 *   engine.submit(Order.of(prompt, Sampling.greedy(100)), listener);
 * }
 * }</pre>
 *
 * <p>A request takes its room for prompt and answer when it is let in, so that none that writes is
 * ever put off again; until there is room it waits, owners in turn. Each step reads a piece of one
 * prompt and writes a token of every text.
 */
public final class LanguageEngine implements TextWriter {
  private static final Logger LOG = LoggerFactory.getLogger(LanguageEngine.class);

  /** A request that was taken on. */
  public interface Ticket {
    /** Ends it within a step; its copies finish as cancelled. */
    void cancel();
  }

  /**
   * How much at once.
   *
   * @param rows texts that are written together at most
   * @param tokens room for so many tokens of all texts
   * @param piece prompt tokens read in a step, a multiple of {@link PagedCache#BLOCK}
   * @param queue requests that may wait
   * @param shares whether beginnings that are alike are read once
   * @param rowsWithGuesses up to how many rows a step is filled with guesses of what the texts go
   *     on with; 0: none are made
   */
  public record Options(
      int rows, long tokens, int piece, int queue, boolean shares, int rowsWithGuesses) {
    /** Checks the ranges. */
    public Options {
      check("rows", rows, rows >= 1 && rows <= 1024);
      check("tokens", tokens, tokens >= PagedCache.BLOCK);
      check("piece", piece, piece >= PagedCache.BLOCK && piece % PagedCache.BLOCK == 0);
      check("queue", queue, queue >= 0);
      check("rowsWithGuesses", rowsWithGuesses, rowsWithGuesses >= 0 && rowsWithGuesses <= 64);
    }

    /** 32 texts, pieces of 512 tokens, a queue of 256, guesses up to 8 rows. */
    public static Options usual(long tokens) {
      return new Options(32, tokens, 512, 256, true, 8);
    }

    private static void check(String key, Number value, boolean holds) {
      if (!holds) {
        throw ServeException.wrong("engine.option", key, value);
      }
    }
  }

  private final CausalModel model;
  private final Options options;
  private final Passes passes;
  private final DType dtype;
  private final Waiting waiting;
  private final List<Job> running = new ArrayList<>();
  private final Map<Changes, Long> spaces = new HashMap<>();
  private final Counts counts = new Counts();
  private final Thread thread;
  private final int blocks;
  private volatile EngineState state;

  private LanguageEngine(String name, CausalModel model, DType dtype, Options options) {
    this.model = model;
    this.options = options;
    this.dtype = dtype;
    this.waiting = new Waiting(options.queue);
    this.passes = new Passes(model, dtype);
    this.blocks = PagedCache.blocksFor(options.tokens);
    this.state = counts.state(0, 0, 0);
    this.thread = Thread.ofPlatform().daemon().name("millrace-engine-" + name).unstarted(this::run);
  }

  /**
   * Starts an engine.
   *
   * @param model must say tokens
   * @param dtype of its states
   */
  public static LanguageEngine start(String name, CausalModel model, DType dtype, Options options) {
    LanguageEngine engine = new LanguageEngine(name, model, dtype, options);
    engine.thread.start();
    return engine;
  }

  @Override
  public Ticket submit(Order order, Listener listener) {
    long length = order.prompt().length;
    int most = order.sampling().maxTokens();
    order.check(model.vocabulary());
    if (length + most > model.context()) {
      throw ServeException.wrong("engine.context", length, most, length + most, model.context());
    }
    if (order.copies() < 1 || order.copies() > options.rows) {
      throw ServeException.wrong("engine.copies", order.copies(), options.rows);
    }
    if (needed(order, 0) > blocks) {
      throw ServeException.wrong(
          "engine.room", (long) needed(order, 0) * PagedCache.BLOCK, options.tokens);
    }
    return waiting.add(order, listener, state.running() == 0);
  }

  @Override
  public EngineState state() {
    return state;
  }

  /** Blocks that a request needs beside those that it shares. */
  private static int needed(Order order, int shared) {
    int all = order.prompt().length + order.sampling().maxTokens();
    int own = PagedCache.blocksFor(all) - order.prompt().length / PagedCache.BLOCK;
    return PagedCache.blocksFor(all) - shared + (order.copies() - 1) * own;
  }

  private void run() {
    try (Mode mode = Mode.noGradient();
        PagedCache cache = new PagedCache(model.stack(), dtype, blocks)) {
      while (waiting.await(() -> !running.isEmpty())) {
        publish(cache); // that there is work now, should the step never end
        step(cache);
        publish(cache);
      }
      running.forEach(Job::close);
    } catch (Throwable e) {
      LOG.error("the engine ended", e);
      throw e;
    } finally {
      failAll();
    }
  }

  private void failAll() {
    waiting.fail();
    running.forEach(job -> job.listener().failed(ServeException.unavailable("engine.closed")));
    running.clear();
  }

  private void step(PagedCache cache) {
    removeEnded();
    admit(cache);
    try (Scope scope = Scope.open()) {
      read();
    }
    try (Scope scope = Scope.open()) {
      write();
    }
  }

  private void removeEnded() {
    waiting.removeIf(
        job -> {
          Listener.Finish over = job.over();
          if (over != null) {
            tellAll(job, over);
          }
          return over != null;
        });
    for (Iterator<Job> all = running.iterator(); all.hasNext(); ) {
      Job job = all.next();
      Listener.Finish over = job.over();
      if (over != null) {
        if (job.copies().isEmpty()) {
          tellAll(job, over);
        }
        for (Job.Copy copy : job.copies()) {
          tell(job, copy.index, over);
        }
        job.close();
        all.remove();
      }
    }
  }

  private void tellAll(Job job, Listener.Finish finish) {
    for (int copy = 0; copy < job.order().copies(); copy++) {
      tell(job, copy, finish);
    }
  }

  private void tell(Job job, int copy, Listener.Finish finish) {
    counts.finished(finish);
    job.listener().finished(copy, finish);
  }

  /** Lets in those whose turn it is, while there is room for all that they may write. */
  private void admit(PagedCache cache) {
    int[] rows = {running.stream().mapToInt(job -> job.order().copies()).sum()};
    Job next;
    while ((next =
            waiting.take(
                job -> rows[0] + job.order().copies() <= options.rows && begin(job, cache)))
        != null) {
      next.listener().begun();
      running.add(next);
      rows[0] += next.order().copies();
    }
  }

  private boolean begin(Job job, PagedCache cache) {
    Order order = job.order();
    PagedSequence text = cache.sequence();
    int shared = sharing() ? text.share(space(order), order.prompt()) : 0;
    int reserved = reserved();
    if (needed(order, shared / PagedCache.BLOCK) > cache.available() - reserved) {
      text.close();
      return false;
    }
    text.reserve(order.prompt().length + order.sampling().maxTokens());
    counts.prompt(order.prompt().length, shared);
    job.reads(text);
    return true;
  }

  /** Texts of other adapters have other keys for the same tokens. */
  private long space(Order order) {
    Changes adapter = order.adapter();
    return adapter == null ? 0 : spaces.computeIfAbsent(adapter, any -> spaces.size() + 1L);
  }

  /** Blocks that forks of prompts still being read will take. */
  private int reserved() {
    int sum = 0;
    for (Job job : running) {
      if (job.prompt() != null) {
        Order order = job.order();
        int all = PagedCache.blocksFor(order.prompt().length + order.sampling().maxTokens());
        sum += (order.copies() - 1) * (all - order.prompt().length / PagedCache.BLOCK);
      }
    }
    return sum;
  }

  /** Where angles depend on the prompt's length, beginnings that are alike have other keys. */
  private boolean sharing() {
    return options.shares && !model.stack().isScaledByLength();
  }

  /** Reads a piece of the first prompt that is not read to its end. */
  private void read() {
    for (Job job : running) {
      PagedSequence text = job.prompt();
      if (text == null) {
        continue;
      }
      try {
        float[] scores = passes.read(job.order(), text, options.piece);
        if (scores != null) {
          if (sharing()) {
            text.remember(space(job.order()), job.order().prompt());
          }
          for (Job.Copy copy : List.copyOf(job.writes())) {
            take(job, copy, scores.clone());
          }
          if (job.copies().isEmpty()) {
            running.remove(job);
          }
        }
      } catch (RuntimeException e) {
        fail(job, e);
      }
      return;
    }
  }

  /** Writes a token of every text whose prompt was read. */
  private void write() {
    List<Job> jobs = new ArrayList<>();
    List<Job.Copy> copies = new ArrayList<>();
    for (Job job : running) {
      for (Job.Copy copy : job.copies()) {
        jobs.add(job);
        copies.add(copy);
      }
    }
    if (copies.isEmpty()) {
      return;
    }
    List<long[]> guesses = guesses(jobs, copies);
    float[][][] scores;
    try {
      scores = passes.write(copies, guesses);
    } catch (RuntimeException e) {
      jobs.stream().distinct().forEach(job -> fail(job, e));
      return;
    }
    for (int i = 0; i < scores.length; i++) {
      Job job = jobs.get(i);
      if (!job.copies().contains(copies.get(i))) {
        continue; // it failed by another copy
      }
      try {
        take(job, copies.get(i), scores[i], guesses.get(i));
      } catch (RuntimeException e) {
        fail(job, e);
      }
    }
    running.removeIf(job -> job.prompt() == null && job.copies().isEmpty());
  }

  /** Few texts leave rows of a step free: they are filled with what the texts may go on with. */
  private List<long[]> guesses(List<Job> jobs, List<Job.Copy> copies) {
    int each = model.stack().isScaledByLength() ? 0 : options.rowsWithGuesses / copies.size() - 1;
    List<long[]> all = new ArrayList<>();
    for (int i = 0; i < copies.size(); i++) {
      // The last token that may be written is never read, nor are guesses in its place.
      int left = jobs.get(i).order().sampling().maxTokens() - copies.get(i).written.size() - 1;
      all.add(copies.get(i).guesses.next(Math.min(each, left)));
    }
    return all;
  }

  /** Takes tokens as long as each is what was guessed. */
  private void take(Job job, Job.Copy copy, float[][] scores, long[] guessed) {
    int right = 0;
    take(job, copy, scores[0]);
    while (right < guessed.length
        && job.copies().contains(copy)
        && copy.written.getLast() == guessed[right]) {
      right++;
      take(job, copy, scores[right]);
    }
    counts.guessed(guessed.length, right);
    if (job.copies().contains(copy)) {
      copy.text.drop(guessed.length - right);
      copy.guesses.judged(guessed.length, right);
    }
  }

  private void fail(Job job, RuntimeException e) {
    if (!(e instanceof Problem)) {
      LOG.error("a request failed", e);
    }
    job.close();
    running.remove(job);
    job.listener().failed(e);
  }

  private void take(Job job, Job.Copy copy, float[] scores) {
    Order order = job.order();
    Guide guide = copy.guide;
    Choice choice = Choice.of(scores, order.prompt(), copy.written, copy.sampling, guide);
    copy.written.add(choice.id());
    boolean ends = order.sampling().ends().contains(choice.id());
    if (guide != null && !ends) {
      guide.take(choice.id());
    }
    counts.token(copy.written.size() == 1, job);
    boolean more = job.listener().token(copy.index, choice);
    Listener.@Nullable Finish finish = null;
    if (!more || ends || (guide != null && guide.isOver())) {
      finish = Listener.Finish.STOP;
    } else if (copy.written.size() >= order.sampling().maxTokens()) {
      finish = Listener.Finish.LENGTH;
    }
    if (finish != null) {
      job.end(copy);
      tell(job, copy.index, finish);
    }
  }

  private void publish(PagedCache cache) {
    state = counts.state(running.size(), waiting.size(), 1 - (double) cache.available() / blocks);
  }

  @Override
  public void close() {
    waiting.close();
    Threads.join(thread);
  }
}

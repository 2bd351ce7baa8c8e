package io.millrace.model.generation;

import io.millrace.model.ModelException;
import io.millrace.model.architecture.Decoding;
import io.millrace.model.architecture.EncoderDecoderModel;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Cache;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets a model write.
 *
 * <pre>{@code
 * Generator generator = new Generator(model);
 * long[] ids = generator.generate(prompt, Sampling.greedy(64)).ids();
 * }</pre>
 *
 * <p>Runs on the calling thread, which must be a platform thread.
 */
public final class Generator {
  /** Hears of every token. */
  public interface Listener {
    /** Whether the row goes on after this token. */
    boolean next(int row, Choice choice);
  }

  private final Decoding model;

  /** Writes with this model. */
  public Generator(Decoding model) {
    this.model = model;
  }

  /** Continues a prompt. */
  public Generated generate(long[] prompt, Sampling sampling) {
    return generate(List.of(prompt), sampling, (row, choice) -> true).getFirst();
  }

  /**
   * Continues prompts, all in one batch; shorter ones are filled up on the left, out of sight.
   *
   * @param listener hears of tokens as they come; with beams only when all is done
   * @throws ModelException if a prompt is empty, or a prompt and its answer do not fit
   */
  public List<Generated> generate(List<long[]> prompts, Sampling sampling, Listener listener) {
    return run(prompts, checked(prompts), null, sampling, listener);
  }

  /** The longest prompt's length. */
  private int checked(List<long[]> prompts) {
    int longest = 0;
    for (long[] prompt : prompts) {
      if (prompt.length == 0) {
        throw new ModelException("prompt.empty");
      }
      longest = Math.max(longest, prompt.length);
    }
    if (longest >= model.context()) {
      throw new ModelException("context.long", longest, model.context());
    }
    return longest;
  }

  /**
   * Continues prompts by drawing, each with a seed of its own.
   *
   * @param seeds as many as prompts
   */
  public List<Generated> draw(List<long[]> prompts, Sampling sampling, long[] seeds) {
    int longest = checked(prompts);
    int most = (int) Math.min(sampling.maxTokens(), model.context() - longest);
    List<Sampling> own = new ArrayList<>();
    for (long seed : seeds) {
      own.add(sampling.change().maxTokens(most).seed(seed).build());
    }
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient();
        Cache cache = model.cache()) {
      Writing silent = new Writing((row, choice) -> true, null);
      return sample(prompts, longest, null, own, silent, cache);
    }
  }

  /**
   * Writes an answer to what an encoder read.
   *
   * @param read {@code input_ids} or {@code input_features}, one row or several
   * @param prompt the tokens that every answer begins with, at least the decoder's start token
   */
  public List<Generated> answer(Inputs read, long[] prompt, Sampling sampling, Listener listener) {
    if (!(model instanceof EncoderDecoderModel both)) {
      throw new ModelException("generate.encoder");
    }
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      Stack.Memory memory = both.encode(read, Layer.Pass.INFERENCE);
      List<long[]> prompts = new ArrayList<>();
      for (int i = 0; i < memory.states().size(0); i++) {
        prompts.add(prompt);
      }
      return run(prompts, prompt.length, memory, sampling, listener);
    }
  }

  /**
   * Writes one text, within a guide if there is one.
   *
   * @param read what an encoder reads; absent for models that continue their prompt
   * @param prompt what the text begins with and is not told
   */
  public Generated write(
      @Nullable Inputs read,
      long[] prompt,
      Sampling sampling,
      @Nullable Guide guide,
      Listener listener) {
    int longest = checked(List.of(prompt));
    int most = (int) Math.min(sampling.maxTokens(), model.context() - longest);
    List<Sampling> own = List.of(sampling.change().maxTokens(most).build());
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient();
        Cache cache = model.cache()) {
      Stack.Memory memory = null;
      if (read != null) {
        if (!(model instanceof EncoderDecoderModel both)) {
          throw new ModelException("generate.encoder");
        }
        memory = both.encode(read, Layer.Pass.INFERENCE);
      }
      Writing writing = new Writing(listener, guide);
      return sample(List.of(prompt), longest, memory, own, writing, cache).getFirst();
    }
  }

  /**
   * Who hears of tokens, and what may come.
   *
   * @param guide for a single row
   */
  private record Writing(Listener listener, @Nullable Guide guide) {}

  private List<Generated> run(
      List<long[]> prompts,
      int longest,
      Stack.@Nullable Memory memory,
      Sampling wanted,
      Listener listener) {
    int most = (int) Math.min(wanted.maxTokens(), model.context() - longest);
    Sampling sampling = wanted.change().maxTokens(most).build();
    if (sampling.beams() > 1) {
      List<Generated> all = new ArrayList<>();
      for (int row = 0; row < prompts.size(); row++) {
        Generated best = new Beams(model, sampling).search(prompts.get(row), one(memory, row));
        for (int i = 0; i < best.ids().length; i++) {
          listener.next(row, new Choice(best.ids()[i], 0, List.of()));
        }
        all.add(best);
      }
      return all;
    }
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient();
        Cache cache = model.cache()) {
      List<Sampling> same = java.util.Collections.nCopies(prompts.size(), sampling);
      return sample(prompts, longest, memory, same, new Writing(listener, null), cache);
    }
  }

  private static Stack.@Nullable Memory one(Stack.@Nullable Memory memory, int row) {
    if (memory == null) {
      return null;
    }
    Tensor real = memory.real();
    return new Stack.Memory(
        memory.states().narrow(0, row, 1), real == null ? null : real.narrow(0, row, 1));
  }

  private List<Generated> sample(
      List<long[]> prompts,
      int longest,
      Stack.@Nullable Memory memory,
      List<Sampling> own,
      Writing writing,
      Cache cache) {
    Sampling sampling = own.getFirst();
    int most = sampling.maxTokens();
    int batch = prompts.size();
    Rows rows = new Rows(prompts, longest, most);
    List<List<Long>> written = new ArrayList<>();
    List<List<Choice>> choices = new ArrayList<>();
    Generated.Finish[] finish = new Generated.Finish[batch];
    for (int i = 0; i < batch; i++) {
      written.add(new ArrayList<>());
      choices.add(new ArrayList<>());
    }
    long[] next = rows.prompt();
    int open = batch;
    for (int step = 0; step < most && open > 0; step++) {
      long[] chosen = new long[batch];
      try (Scope scope = Scope.open()) {
        int time = step == 0 ? longest : 1;
        Tensor ids = Tensors.of(next, batch, time);
        Tensor state = model.lastState(ids, rows.places(step, time), cache, memory);
        Tensor last = model.logits(state).select(1, 0);
        if (sampling.isPlain() && writing.guide == null) {
          long[] best = last.argmax(1).toLongs();
          for (int row = 0; row < batch; row++) {
            chosen[row] = best[row];
            if (finish[row] == null) {
              open -=
                  take(
                      row, new Choice(best[row], 0, List.of()), sampling, writing, written, finish);
            }
          }
        } else {
          float[] scores = last.to(DType.FLOAT32).toFloats();
          int vocabulary = scores.length / batch;
          for (int row = 0; row < batch; row++) {
            if (finish[row] != null) {
              continue;
            }
            float[] some =
                java.util.Arrays.copyOfRange(scores, row * vocabulary, (row + 1) * vocabulary);
            Choice choice =
                Choice.of(some, prompts.get(row), written.get(row), own.get(row), writing.guide);
            chosen[row] = choice.id();
            choices.get(row).add(choice);
            open -= take(row, choice, sampling, writing, written, finish);
          }
        }
      }
      next = chosen;
    }
    List<Generated> all = new ArrayList<>();
    for (int row = 0; row < batch; row++) {
      all.add(
          new Generated(
              written.get(row).stream().mapToLong(Long::longValue).toArray(),
              choices.get(row),
              finish[row] == null ? Generated.Finish.LENGTH : finish[row]));
    }
    return all;
  }

  /** Adds a token to a row; returns 1 where that ends it. */
  private static int take(
      int row,
      Choice choice,
      Sampling sampling,
      Writing writing,
      List<List<Long>> written,
      Generated.Finish[] finish) {
    written.get(row).add(choice.id());
    boolean more = writing.listener.next(row, choice);
    boolean ends = sampling.ends().contains(choice.id());
    if (writing.guide != null && !ends) {
      writing.guide.take(choice.id());
    }
    if (!more || ends || (writing.guide != null && writing.guide.isOver())) {
      finish[row] = Generated.Finish.STOP;
      return 1;
    }
    return 0;
  }

  /** Prompts of different lengths side by side. */
  private static final class Rows {
    private final List<long[]> prompts;
    private final int longest;
    private final boolean even;
    private final @Nullable Tensor real;

    Rows(List<long[]> prompts, int longest, int most) {
      this.prompts = prompts;
      this.longest = longest;
      this.even = prompts.stream().allMatch(prompt -> prompt.length == longest);
      int width = longest + most;
      long[] mask = new long[even ? 0 : prompts.size() * width];
      for (int row = 0; row < prompts.size() && !even; row++) {
        int from = longest - prompts.get(row).length;
        java.util.Arrays.fill(mask, row * width + from, (row + 1) * width, 1);
      }
      real = even ? null : Tensors.of(mask, prompts.size(), width).eq(1);
    }

    long[] prompt() {
      long[] ids = new long[prompts.size() * longest];
      for (int row = 0; row < prompts.size(); row++) {
        long[] prompt = prompts.get(row);
        System.arraycopy(prompt, 0, ids, (row + 1) * longest - prompt.length, prompt.length);
      }
      return ids;
    }

    Stack.Places places(int step, int time) {
      long first = step == 0 ? 0 : longest + step - 1L;
      if (even) {
        return Stack.Places.from(first, time);
      }
      long[] positions = new long[prompts.size() * time];
      for (int row = 0; row < prompts.size(); row++) {
        long shift = longest - prompts.get(row).length;
        for (int i = 0; i < time; i++) {
          positions[row * time + i] = Math.max(0, first + i - shift);
        }
      }
      return new Stack.Places(Tensors.of(positions, prompts.size(), time), first + time, real);
    }
  }
}

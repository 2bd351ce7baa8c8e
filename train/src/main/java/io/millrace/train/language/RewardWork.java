package io.millrace.train.language;

import io.millrace.data.language.Prompt;
import io.millrace.data.language.Sample;
import io.millrace.data.language.TokenRow;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.model.architecture.Decoding;
import io.millrace.model.generation.Generated;
import io.millrace.model.generation.Generator;
import io.millrace.model.generation.Sampling;
import io.millrace.train.Course;
import io.millrace.train.TrainException;
import io.millrace.train.optimizer.Optimizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Group relative policy optimization (Shao et al. 2024): several answers to a prompt are drawn, and
 * those that earn more than their group's mean become likelier. Each answer is used once, so that
 * nothing needs to be clipped; the loss is a mean over all written tokens of a step (Yu et al.
 * 2025).
 */
final class RewardWork implements Course.Work {
  /** Keeps groups whose answers earn almost alike from being blown up, as TRL has it. */
  private static final double LEAST = 1e-4;

  private final List<Prompt> prompts;
  private final List<Prompt> held;
  private final Reward reward;
  private final Grouping how;
  private final Tokenizer tokenizer;
  private final Generator generator;
  private final int batch;
  private final int accumulate;
  private final long seed;
  private final TokenStep step;
  private final @Nullable TokenStep before;
  private final Updates updates;
  private List<int[]> batches = List.of();
  private int of = -1;

  /**
   * @param before the model as it was; absent where it is not held to that
   */
  RewardWork(
      List<Prompt> prompts,
      List<Prompt> held,
      Reward reward,
      Grouping how,
      Tokenizer tokenizer,
      Decoding model,
      int batch,
      int accumulate,
      long seed,
      TokenStep step,
      @Nullable TokenStep before,
      Updates updates) {
    this.prompts = prompts;
    this.held = held;
    this.reward = reward;
    this.how = how;
    this.tokenizer = tokenizer;
    this.generator = new Generator(model);
    this.batch = batch;
    this.accumulate = accumulate;
    this.seed = seed;
    this.step = step;
    this.before = before;
    this.updates = updates;
  }

  /** Answers to some prompts with what each gained over its group. */
  record Answered(List<TokenRow> rows, double[] gains, double earned) {}

  @Override
  public Course.Taken step(Optimizer optimizer, int epoch, int number) {
    if (of != epoch) {
      batches = Order.batches(prompts.size(), batch, any -> 0, seed, epoch);
      of = epoch;
    }
    int first = number * accumulate;
    int last = Math.min(batches.size(), first + accumulate);
    List<Answered> all = new ArrayList<>();
    double tokens = 0;
    double earned = 0;
    long places = 0;
    for (int i = first; i < last; i++) {
      Answered some = answer(batches.get(i), ((seed * 31 + epoch) * 1_000_003L + i) * 1009);
      all.add(some);
      earned += some.earned;
      tokens += some.rows.stream().mapToInt(TokenRow::learned).sum();
    }
    for (Answered some : all) {
      TokenBatch answered = new TokenBatch(some.rows);
      places += answered.places();
      if (before == null && Arrays.stream(some.gains).allMatch(gain -> gain == 0)) {
        continue;
      }
      step.backward(answered, weights(answered, some, tokens));
    }
    updates.apply(optimizer);
    int answers = all.stream().mapToInt(some -> some.rows.size()).sum();
    return new Course.Taken(-earned, answers, places);
  }

  /**
   * Draws answers.
   *
   * @param some numbers of prompts
   * @param draw from which each answer's seed follows
   */
  Answered answer(int[] some, long draw) {
    List<Prompt> asked = new ArrayList<>();
    for (int number : some) {
      asked.addAll(Collections.nCopies(how.answers(), prompts.get(number)));
    }
    List<long[]> ids = asked.stream().map(Prompt::ids).toList();
    long[] seeds = new Random(draw).longs(asked.size()).toArray();
    Sampling sampling =
        Sampling.greedy(how.maxTokens())
            .change()
            .temperature(how.temperature())
            .ends(how.ends())
            .build();
    List<Generated> written = generator.draw(ids, sampling, seeds);
    double[] rewards = new double[asked.size()];
    List<TokenRow> rows = new ArrayList<>();
    for (int i = 0; i < rewards.length; i++) {
      rewards[i] = earned(asked.get(i), written.get(i));
      rows.add(row(ids.get(i), written.get(i).ids()));
    }
    return new Answered(rows, gains(rewards, how.answers()), Arrays.stream(rewards).sum());
  }

  private double earned(Prompt prompt, Generated written) {
    long[] ids = written.ids();
    int length = ids.length;
    if (length > 0 && how.ends().contains(ids[length - 1])) {
      length--;
    }
    String answer = tokenizer.decode(Arrays.copyOf(ids, length));
    double earned = reward.of(prompt, answer);
    if (!Double.isFinite(earned)) {
      throw new TrainException("reward.finite", earned, prompt.text());
    }
    return earned;
  }

  private static TokenRow row(long[] prompt, long[] answer) {
    int[] ids = new int[prompt.length + answer.length];
    boolean[] learned = new boolean[ids.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) (i < prompt.length ? prompt[i] : answer[i - prompt.length]);
      learned[i] = i >= prompt.length;
    }
    return TokenRow.of(List.of(new Sample(ids, learned)), ids.length);
  }

  /** By how many deviations each reward lies above its group's mean. */
  static double[] gains(double[] rewards, int group) {
    double[] gains = new double[rewards.length];
    for (int from = 0; from < rewards.length; from += group) {
      double[] own = Arrays.copyOfRange(rewards, from, from + group);
      double mean = Arrays.stream(own).average().orElse(0);
      double squares = Arrays.stream(own).map(x -> (x - mean) * (x - mean)).sum();
      double deviation = Math.sqrt(squares / (group - 1));
      for (int i = 0; i < group; i++) {
        gains[from + i] = (own[i] - mean) / (deviation + LEAST);
      }
    }
    return gains;
  }

  /**
   * What each written token's loss is multiplied with: its answer's gain, less what pulls the model
   * back to what it was (the gradient of Schulman's estimate of the divergence).
   */
  float[] weights(TokenBatch answered, Answered some, double tokens) {
    double[] byRow = Arrays.stream(some.gains).map(gain -> gain / tokens).toArray();
    float[] weights = answered.learned(byRow);
    TokenStep then = before;
    if (then != null) {
      float[] now = step.each(answered);
      float[] was = then.each(answered);
      for (int i = 0; i < weights.length; i++) {
        // Losses are negative log-probabilities.
        double pull = 1 - Math.exp((double) now[i] - was[i]);
        weights[i] -= (float) (how.beta() * pull / tokens);
      }
    }
    return weights;
  }

  /** What the likeliest answers to the watched prompts earn. */
  @Override
  public Map<String, Double> validate() {
    Map<String, Double> values = new LinkedHashMap<>();
    if (!held.isEmpty()) {
      double sum = 0;
      Sampling sampling = Sampling.greedy(how.maxTokens()).change().ends(how.ends()).build();
      for (int from = 0; from < held.size(); from += batch) {
        List<Prompt> some = held.subList(from, Math.min(held.size(), from + batch));
        List<Generated> written =
            generator.generate(
                some.stream().map(Prompt::ids).toList(), sampling, (row, choice) -> true);
        for (int i = 0; i < some.size(); i++) {
          sum += earned(some.get(i), written.get(i));
        }
      }
      values.put("val_reward", sum / held.size());
    }
    return values;
  }
}

package io.millrace.train.language;

import io.millrace.data.language.Preferences;
import io.millrace.data.language.Prompt;
import io.millrace.data.language.TokenRows;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.model.architecture.Decoding;
import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Mode;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Threads;
import io.millrace.train.Average;
import io.millrace.train.Course;
import io.millrace.train.History;
import io.millrace.train.Precision;
import io.millrace.train.Stop;
import io.millrace.train.TrainException;
import io.millrace.train.TrainingListener;
import io.millrace.train.optimizer.AdamW;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.schedule.Schedule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains a folder's model: on rows of tokens, on a {@link Lesson}, on preferences or by a reward.
 * The loss is the mean over all learned tokens, or examples, of a step, however they are spread
 * over its batches.
 *
 * <p>The weights must be float32 ({@code Pretrained.open(folder, DType.FLOAT32)}); with an adapter
 * only its weights are trained. Runs on the calling thread, which must be a platform thread.
 */
public final class LanguageTrainer {
  private final Pretrained model;
  private @Nullable Adapter adapter;
  private OptimizerSpec optimizer = new AdamW(2e-5, 0.01, 0.9, 0.999, 1e-8);
  private List<Group> groups = List.of();
  private Schedule schedule = new Schedule.Constant();
  private @Nullable Average average;
  private @Nullable BagOfWords bag;
  private int epochs = 1;
  private long steps;
  private int batch = 8;
  private int accumulate = 1;
  private double clip = 1;
  private boolean mixed;
  private boolean recomputes;
  private long seed = 1;
  private List<String> frozen = List.of();
  private final Map<String, Supplier<Map<String, Double>>> validation = new LinkedHashMap<>();
  private final List<TrainingListener> listeners = new ArrayList<>();
  private Stop stop = new Stop();
  private @Nullable Path resume;

  private LanguageTrainer(Pretrained model) {
    this.model = model;
  }

  /** A trainer for a folder's model. */
  public static LanguageTrainer of(Pretrained model) {
    return new LanguageTrainer(model);
  }

  /** Trains this adapter and nothing else. */
  public LanguageTrainer adapter(@Nullable Adapter chosen) {
    adapter = chosen;
    return this;
  }

  /** How weights change. */
  public LanguageTrainer optimizer(OptimizerSpec chosen) {
    optimizer = chosen;
    return this;
  }

  /** Weights that are treated in a way of their own. */
  public LanguageTrainer groups(Group... chosen) {
    groups = List.of(chosen);
    return this;
  }

  /** How the step length changes, counted in steps. */
  public LanguageTrainer schedule(Schedule chosen) {
    schedule = chosen;
    return this;
  }

  /** A mean of weights over time that validation and the result use instead of the last ones. */
  public LanguageTrainer average(@Nullable Average chosen) {
    average = chosen;
    return this;
  }

  /**
   * Whether the first token of a text learns to say its words, beside hidden ones; for models that
   * read both ways.
   */
  public LanguageTrainer bag(@Nullable BagOfWords chosen) {
    bag = chosen;
    return this;
  }

  /** Passes over the rows, at least 1. */
  public LanguageTrainer epochs(int count) {
    require("epochs", count, count >= 1);
    epochs = count;
    return this;
  }

  /** Ends after so many steps, through as many epochs as they need; 0: by epochs. */
  public LanguageTrainer steps(long count) {
    require("steps", count, count >= 0);
    steps = count;
    return this;
  }

  /** Rows that are computed together. */
  public LanguageTrainer batch(int rows) {
    require("batch", rows, rows >= 1);
    batch = rows;
    return this;
  }

  /** Batches in a step; the loss is the mean over the learned tokens of all. */
  public LanguageTrainer accumulate(int batches) {
    require("accumulate", batches, batches >= 1);
    accumulate = batches;
    return this;
  }

  /** Shortens the gradient to this Euclidean length; 0: no limit. */
  public LanguageTrainer clipNorm(double most) {
    require("clip", most, most >= 0);
    clip = most;
    return this;
  }

  /** In which numbers products are computed. */
  public LanguageTrainer precision(Precision chosen) {
    mixed = chosen == Precision.BF16;
    return this;
  }

  /** Computes each block twice and keeps less: gradient checkpointing. */
  public LanguageTrainer checkpointing(boolean on) {
    recomputes = on;
    return this;
  }

  /** The seed of dropout. */
  public LanguageTrainer seed(long value) {
    seed = value;
    return this;
  }

  /** Weights that stay as they are, by name; {@code *} for any text. */
  public LanguageTrainer freeze(List<String> patterns) {
    frozen = List.copyOf(patterns);
    return this;
  }

  /** Validates after every epoch; values begin with {@code val_}. */
  public LanguageTrainer validation(TokenRows rows) {
    return validation("val", rows);
  }

  /** Validates on one more set; values begin with the name and {@code _}. */
  public LanguageTrainer validation(String name, TokenRows rows) {
    return validation(name, rows, Double.NaN);
  }

  /**
   * Validates on one more set; values begin with the name and {@code _}.
   *
   * @param bytes of text for each token, for {@code bits_per_byte}, which does not depend on the
   *     vocabulary; NaN: unknown
   */
  public LanguageTrainer validation(String name, TokenRows rows, double bytes) {
    validation.put(
        name,
        () -> {
          double loss = evaluate(rows);
          Map<String, Double> values = new LinkedHashMap<>();
          values.put("loss", loss);
          values.put("perplexity", Math.exp(loss));
          double words = bag == null ? Double.NaN : bag(rows);
          if (Double.isFinite(words)) {
            values.put("bag", words);
          }
          if (bytes > 0) {
            values.put("bits_per_byte", loss / Math.log(2) / bytes);
          }
          return values;
        });
    return this;
  }

  /** Validates on examples after every epoch; values begin with {@code val_}. */
  public LanguageTrainer validation(Lesson lesson) {
    validation.put("val", () -> lesson.measure(batch, mixed));
    return this;
  }

  /** Who is told. */
  public LanguageTrainer listeners(TrainingListener... chosen) {
    listeners.addAll(List.of(chosen));
    return this;
  }

  /** Lets another thread end the training. */
  public LanguageTrainer stopOn(Stop chosen) {
    stop = chosen;
    return this;
  }

  /** Continues from a checkpoint, also from the middle of an epoch. */
  public LanguageTrainer resume(@Nullable Path checkpoint) {
    resume = checkpoint;
    return this;
  }

  private static void require(String key, Object value, boolean holds) {
    if (!holds) {
      throw new TrainException(key, value);
    }
  }

  /**
   * Trains on rows of tokens; the model holds the result.
   *
   * @throws TrainException if the model says no tokens, nothing of the rows is learned, the loss is
   *     not finite, or the training was asked to end
   */
  public History fit(TokenRows rows) {
    TokenModel says = saying(rows.width());
    require("bag.reads", model.config().path("architectures"), bag == null || says.looksBothWays());
    return run(
        rows.count(),
        rows.width(),
        rows.description(),
        true,
        trained ->
            new RowWork(
                rows,
                batch,
                accumulate,
                new TokenStep(says, mixed, recomputes, Layer.Pass.TRAINING, bag),
                new Updates(trained, clip),
                this::validate));
  }

  private TokenModel saying(int width) {
    TokenModel says = TokenModel.of(model);
    if (width > says.context()) {
      throw new TrainException("language.context", width, says.context());
    }
    require(
        "checkpointing", model.config().path("model_type"), !recomputes || says.layered() != null);
    return says;
  }

  /**
   * Trains on examples; the model holds the result.
   *
   * @throws TrainException if the loss is not finite, or the training was asked to end
   */
  public History fit(Lesson lesson) {
    require("checkpointing", lesson.description(), !recomputes);
    int longest = 1;
    for (int i = 0; i < lesson.count(); i++) {
      longest = Math.max(longest, lesson.length(i));
    }
    return run(
        lesson.count(),
        longest,
        lesson.description(),
        true,
        trained ->
            new LessonWork(
                lesson,
                batch,
                accumulate,
                mixed,
                seed,
                new Updates(trained, clip),
                this::validate));
  }

  /**
   * Trains to prefer answers over others (DPO), beside the model as it is now.
   *
   * @param held preferences to watch; absent: none
   * @param beta how much the model may move away, above 0; 0.1 is usual
   */
  public History prefer(Preferences pairs, @Nullable Preferences held, double beta) {
    require("beta", beta, beta > 0);
    TokenModel says = saying(pairs.width());
    return run(
        pairs.count(),
        2 * pairs.width(),
        pairs.description() + ", beta " + beta,
        false,
        trained ->
            new PreferenceWork(
                pairs,
                held,
                beta,
                batch,
                accumulate,
                new TokenStep(says, mixed, recomputes, Layer.Pass.INFERENCE),
                new Updates(trained, clip)));
  }

  /**
   * Trains by a reward (GRPO): several answers to each prompt are drawn, the better ones become
   * likelier. The loss that listeners see is the mean reward with its sign turned.
   *
   * @param held prompts whose likeliest answers are watched, as {@code val_reward}; may be empty
   * @param tokenizer turns answers into texts
   * @param before the model as it was, to which it is held; absent where {@code beta} is 0
   * @throws TrainException if the model writes nothing, or a reward is not finite
   */
  public History reward(
      List<Prompt> prompts,
      List<Prompt> held,
      Reward reward,
      Grouping how,
      Tokenizer tokenizer,
      @Nullable Pretrained before) {
    require("prompts", prompts.size(), !prompts.isEmpty());
    require("beta.before", how.beta(), how.beta() == 0 || before != null);
    int longest = prompts.stream().mapToInt(prompt -> prompt.ids().length).max().orElse(0);
    TokenModel says = saying(longest + 1);
    if (!(model.architecture() instanceof Decoding writes)) {
      throw new TrainException("language.writes", model.config().path("architectures"));
    }
    TokenStep then =
        how.beta() == 0 || before == null
            ? null
            : new TokenStep(TokenModel.of(before), mixed, false, Layer.Pass.INFERENCE);
    return run(
        prompts.size(),
        how.answers() * (longest + how.maxTokens()),
        prompts.size() + " prompts, " + how,
        false,
        trained ->
            new RewardWork(
                prompts,
                held,
                reward,
                how,
                tokenizer,
                writes,
                batch,
                accumulate,
                seed,
                new TokenStep(says, mixed, recomputes, Layer.Pass.INFERENCE),
                then,
                new Updates(trained, clip)));
  }

  /** What watched sets say, with adapters as they will be used. */
  private Map<String, Double> validate() {
    Map<String, Double> values = new LinkedHashMap<>();
    drops(false);
    validation.forEach(
        (name, measure) ->
            measure.get().forEach((value, number) -> values.put(name + "_" + value, number)));
    drops(true);
    return values;
  }

  private History run(
      int count,
      int width,
      String description,
      boolean dropping,
      Function<TrainedModel, Course.Work> work) {
    int perStep = batch * accumulate;
    int inEpoch = (count + perStep - 1) / perStep;
    int passes = steps > 0 ? Math.toIntExact((steps + inEpoch - 1) / inEpoch) : epochs;
    Threads.useForWork(6L * model.parameterCount() * batch * width);
    try (Mode mode = Mode.flushDenormals();
        TrainedModel trained = new TrainedModel(model, adapter, frozen)) {
      Course.Work taken = work.apply(trained);
      RandomState.seed(seed);
      drops(dropping);
      try {
        Course.Plan plan =
            new Course.Plan(passes, inEpoch, steps, perStep, operations(width), words(description));
        return new Course(trained, optimizer, groups, schedule, average, plan)
            .run(taken, listeners, stop, resume);
      } finally {
        drops(false);
      }
    }
  }

  /**
   * Floating-point operations for a token: six for each number that it is multiplied with, and
   * those of attention over so many tokens (Chowdhery et al. 2022). Tables that are only looked up
   * count nothing.
   */
  private double operations(int width) {
    double multiplied = 0;
    double attention = 0;
    for (Map.Entry<String, Tensor> weight : model.weights().entrySet()) {
      Tensor matrix = weight.getValue();
      if (matrix.rank() == 2 && !weight.getKey().contains("embedding.")) {
        multiplied += matrix.elements();
      }
      if (weight.getKey().endsWith("attention.output.weight")) {
        attention += matrix.size(1);
      }
    }
    boolean ownHead =
        model.weights().keySet().stream()
            .anyMatch(name -> name.matches("head\\.weight|head\\.decoder\\.weight"));
    Tensor table = model.weights().get("embedding.tokens.weight");
    if (!ownHead && table != null) {
      multiplied += table.elements();
    }
    return 6 * multiplied + 12 * attention * width;
  }

  private void drops(boolean now) {
    Adapter dropping = adapter;
    if (dropping != null) {
      dropping.drops(now);
    }
  }

  /** What a checkpoint must have been made with, in words. */
  private Map<String, String> words(String rows) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("model", model.config().path("architectures") + ", " + model.parameterCount());
    all.put("adapter", adapter == null ? "none" : adapter.spec().toString());
    all.put("rows", rows);
    all.put("optimizer", optimizer + (groups.isEmpty() ? "" : " " + groups));
    all.put("schedule", schedule.toString());
    all.put("average", String.valueOf(average));
    if (bag != null) {
      all.put("bag", bag.weight() + ", " + bag.begin());
    }
    all.put("batch", batch + " × " + accumulate);
    all.put("steps", steps + ", epochs " + epochs);
    all.put("clip", String.valueOf(clip));
    all.put("precision", mixed ? "bf16" : "float32");
    all.put("freeze", frozen.toString());
    all.put("seed", String.valueOf(seed));
    return all;
  }

  /** The mean loss of the texts' words; NaN where no text begins. */
  private double bag(TokenRows rows) {
    TokenStep step = new TokenStep(saying(rows.width()), mixed, false, Layer.Pass.INFERENCE, bag);
    double sum = 0;
    double texts = 0;
    for (int from = 0; from < rows.count(); from += batch) {
      TokenBatch some = TokenBatch.of(rows, 0, from, Math.min(rows.count(), from + batch));
      sum += step.bag(some);
      texts += step.texts(some);
    }
    return sum / texts;
  }

  /** The mean loss per learned token of the model on rows. */
  public double evaluate(TokenRows rows) {
    TokenStep step = new TokenStep(saying(rows.width()), mixed, false, Layer.Pass.INFERENCE);
    double sum = 0;
    double learned = 0;
    for (int from = 0; from < rows.count(); from += batch) {
      TokenBatch some = TokenBatch.of(rows, 0, from, Math.min(rows.count(), from + batch));
      if (some.learned() > 0) {
        sum += Arrays.stream(step.losses(some)).sum();
        learned += some.learned();
      }
    }
    if (learned == 0) {
      throw new TrainException("language.learned");
    }
    return sum / learned;
  }
}

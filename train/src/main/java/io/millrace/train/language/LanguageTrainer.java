package io.millrace.train.language;

import io.millrace.data.language.Preferences;
import io.millrace.data.language.TokenRow;
import io.millrace.data.language.TokenRows;
import io.millrace.model.architecture.CausalModel;
import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Mode;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Threads;
import io.millrace.train.Course;
import io.millrace.train.History;
import io.millrace.train.Precision;
import io.millrace.train.Stop;
import io.millrace.train.TrainException;
import io.millrace.train.TrainingListener;
import io.millrace.train.optimizer.AdamW;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.Optimizer;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.schedule.Schedule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Trains a model that writes, on rows of tokens: the loss is the mean over all learned tokens of a
 * step, however they are spread over its rows.
 *
 * <p>The weights must be float32 ({@code Pretrained.open(folder, DType.FLOAT32)}); with an adapter
 * only its weights are trained. Runs on the calling thread, which must be a platform thread.
 */
public final class LanguageTrainer {
  private final Pretrained model;
  private final CausalModel causal;
  private @Nullable Adapter adapter;
  private OptimizerSpec optimizer = new AdamW(2e-5, 0.01, 0.9, 0.999, 1e-8);
  private List<Group> groups = List.of();
  private Schedule schedule = new Schedule.Constant();
  private int epochs = 1;
  private long steps;
  private int batch = 8;
  private int accumulate = 1;
  private double clip = 1;
  private boolean mixed;
  private boolean recomputes;
  private long seed = 1;
  private List<String> frozen = List.of();
  private final Map<String, TokenRows> validation = new LinkedHashMap<>();
  private final List<TrainingListener> listeners = new ArrayList<>();
  private Stop stop = new Stop();
  private @Nullable Path resume;

  private LanguageTrainer(Pretrained model, CausalModel causal) {
    this.model = model;
    this.causal = causal;
  }

  /**
   * A trainer for a folder's model.
   *
   * @throws TrainException if it is not one that continues texts
   */
  public static LanguageTrainer of(Pretrained model) {
    if (!(model.architecture() instanceof CausalModel causal) || !causal.generates()) {
      throw new TrainException("language.writes", model.config().path("architectures"));
    }
    return new LanguageTrainer(model, causal);
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
    validation.put(name, rows);
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
   * Trains; the model holds the result.
   *
   * @throws TrainException if nothing of the rows is learned, the loss is not finite, or the
   *     training was asked to end
   */
  public History fit(TokenRows rows) {
    if (rows.width() > causal.context()) {
      throw new TrainException("language.context", rows.width(), causal.context());
    }
    return run(
        rows.count(), rows.width(), rows.description(), true, trained -> new Work(rows, trained));
  }

  /**
   * Trains to prefer answers over others (DPO), beside the model as it is now.
   *
   * @param held preferences to watch; absent: none
   * @param beta how much the model may move away, above 0; 0.1 is usual
   */
  public History prefer(Preferences pairs, @Nullable Preferences held, double beta) {
    require("beta", beta, beta > 0);
    if (pairs.width() > causal.context()) {
      throw new TrainException("language.context", pairs.width(), causal.context());
    }
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
                new CausalStep(causal, mixed, recomputes, Layer.Pass.INFERENCE),
                new Updates(trained, clip)));
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
        Course.Plan plan = new Course.Plan(passes, inEpoch, steps, perStep, words(description));
        return new Course(trained, optimizer, groups, schedule, plan)
            .run(taken, listeners, stop, resume);
      } finally {
        drops(false);
      }
    }
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
    all.put("batch", batch + " × " + accumulate);
    all.put("steps", steps + ", epochs " + epochs);
    all.put("clip", String.valueOf(clip));
    all.put("precision", mixed ? "bf16" : "float32");
    all.put("freeze", frozen.toString());
    all.put("seed", String.valueOf(seed));
    return all;
  }

  /** The mean loss per learned token of a model on rows. */
  public double evaluate(TokenRows rows) {
    CausalStep step = new CausalStep(causal, mixed, false, Layer.Pass.INFERENCE);
    double sum = 0;
    double learned = 0;
    for (int from = 0; from < rows.count(); from += batch) {
      TokenBatch some = batch(rows, 0, from, Math.min(rows.count(), from + batch));
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

  private static TokenBatch batch(TokenRows rows, int epoch, int from, int to) {
    List<TokenRow> some = new ArrayList<>();
    for (int i = from; i < to; i++) {
      some.add(rows.row(epoch, i));
    }
    return new TokenBatch(some);
  }

  private final class Work implements Course.Work {
    private final TokenRows rows;
    private final TrainedModel trained;
    private final CausalStep step = new CausalStep(causal, mixed, recomputes, Layer.Pass.TRAINING);

    Work(TokenRows rows, TrainedModel trained) {
      this.rows = rows;
      this.trained = trained;
    }

    @Override
    public Course.Taken step(Optimizer running, int epoch, int number) {
      int first = number * batch * accumulate;
      int last = Math.min(rows.count(), first + batch * accumulate);
      List<TokenBatch> pieces = new ArrayList<>();
      double learned = 0;
      for (int from = first; from < last; from += batch) {
        TokenBatch piece = batch(rows, epoch, from, Math.min(last, from + batch));
        if (piece.learned() > 0) {
          pieces.add(piece);
          learned += piece.learned();
        }
      }
      if (pieces.isEmpty()) {
        return new Course.Taken(0, 0);
      }
      double sum = 0;
      for (TokenBatch piece : pieces) {
        sum += step.backward(piece, 1 / learned);
      }
      if (Double.isFinite(sum)) {
        new Updates(trained, clip).apply(running);
      }
      return new Course.Taken(sum, learned);
    }

    @Override
    public Map<String, Double> validate() {
      Map<String, Double> values = new LinkedHashMap<>();
      drops(false);
      validation.forEach(
          (name, held) -> {
            double loss = evaluate(held);
            values.put(name + "_loss", loss);
            values.put(name + "_perplexity", Math.exp(loss));
          });
      drops(true);
      return values;
    }
  }
}

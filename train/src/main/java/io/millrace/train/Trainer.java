package io.millrace.train;

import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.data.Parts;
import io.millrace.data.Sampler;
import io.millrace.data.Splits;
import io.millrace.data.augment.Augment;
import io.millrace.data.augment.Augmentation;
import io.millrace.model.Model;
import io.millrace.model.Network;
import io.millrace.model.Plan;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Threads;
import io.millrace.train.loss.Loss;
import io.millrace.train.loss.Losses;
import io.millrace.train.metric.Metric;
import io.millrace.train.optimizer.Adam;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.schedule.Schedule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Fits a network to data.
 *
 * <pre>{@code
 * var result = Trainer.of(model)
 *     .loss(sparseCategoricalCrossEntropy()).optimizer(adam(1e-3)).metrics(new Accuracy())
 *     .epochs(5).batch(32).validationSplit(0.2)
 *     .fit(digits);
 * }</pre>
 *
 * <p>Equal settings and data give equal losses, whatever the number of loader threads, and also
 * when the training is interrupted and resumed. Runs on the calling thread, which must be a
 * platform thread.
 */
public final class Trainer {
  private static final int AUTO = -1;
  private static final String VALIDATION = "val";

  final Model model;
  private final Map<String, Objective.Part> losses = new LinkedHashMap<>();
  private Objective.Part loss = new Objective.Part(Losses.meanSquaredError(), 1);
  OptimizerSpec optimizer = Adam.adam(1e-3);
  List<Group> groups = List.of();
  Schedule schedule = new Schedule.Constant();
  boolean everyEpoch;
  final List<Metric> metrics = new ArrayList<>();
  final List<TrainingListener> listeners = new ArrayList<>();
  int epochs = 1;
  int batch = 32;
  int accumulate = 1;
  double clipNorm;
  double clipValue;
  Precision precision = Precision.FLOAT32;
  int segments = 1;
  boolean anomaly;
  @Nullable Average average;
  private float @Nullable [] classWeights;
  private List<Augment> augment = List.of();
  private List<String> frozen = List.of();
  private @Nullable Sampler sampler;
  long seed = 1;
  private int loaders = AUTO;
  private double validationSplit;
  private final Map<String, Dataset> validation = new LinkedHashMap<>();
  private @Nullable Path resume;
  private @Nullable Network start;
  private Stop stop = new Stop();
  private Consumer<Memory> memoryTold = memory -> {};

  private Trainer(Model model) {
    this.model = model;
  }

  /**
   * A trainer for this network: mean squared error, Adam, one epoch, batches of 32, unless told
   * otherwise.
   */
  public static Trainer of(Model model) {
    return new Trainer(model);
  }

  /** What to make small, for every output that has no loss of its own. */
  public Trainer loss(Loss chosen) {
    this.loss = new Objective.Part(chosen, 1);
    return this;
  }

  /** What to make small at one output, and how much it counts beside the others. */
  public Trainer loss(String output, Loss chosen, double weight) {
    losses.put(output, new Objective.Part(chosen, weight));
    return this;
  }

  /** How. */
  public Trainer optimizer(OptimizerSpec chosen) {
    this.optimizer = chosen;
    return this;
  }

  /** Weights that are treated in a way of their own; the first group that matches counts. */
  public Trainer groups(Group... chosen) {
    this.groups = List.of(chosen);
    return this;
  }

  /** How the step length changes, counted in optimizer steps. */
  public Trainer schedule(Schedule chosen) {
    this.schedule = chosen;
    this.everyEpoch = false;
    return this;
  }

  /** How the step length changes, counted in epochs. */
  public Trainer scheduleByEpoch(Schedule chosen) {
    this.schedule = chosen;
    this.everyEpoch = true;
    return this;
  }

  /** What to watch. */
  public Trainer metrics(Metric... chosen) {
    metrics.addAll(List.of(chosen));
    return this;
  }

  /** Who is told. */
  public Trainer listeners(TrainingListener... chosen) {
    listeners.addAll(List.of(chosen));
    return this;
  }

  /** Passes over the data, at least 1. */
  public Trainer epochs(int count) {
    require("epochs", count, count >= 1);
    this.epochs = count;
    return this;
  }

  /** Rows a batch. */
  public Trainer batch(int rows) {
    this.batch = rows;
    return this;
  }

  /** Batches a step of the optimizer; the loss is the mean over all their rows. */
  public Trainer accumulate(int batches) {
    require("accumulate", batches, batches >= 1);
    this.accumulate = batches;
    return this;
  }

  /** Shortens the gradient to this Euclidean length; 0 for no limit. */
  public Trainer clipNorm(double most) {
    require("clip", most, most >= 0);
    this.clipNorm = most;
    return this;
  }

  /** Holds every number of the gradient between −most and most; 0 for no limit. */
  public Trainer clipValue(double most) {
    require("clip", most, most >= 0);
    this.clipValue = most;
    return this;
  }

  /** In which numbers the network computes. */
  public Trainer precision(Precision chosen) {
    this.precision = chosen;
    return this;
  }

  /** Gradient checkpointing: cuts a sequence of layers into so many stretches; 1 for none. */
  public Trainer checkpointing(int stretches) {
    require("stretches", stretches, stretches >= 1);
    this.segments = stretches;
    return this;
  }

  /** Looks for NaN in every gradient, and says where the first one came from. */
  public Trainer anomaly() {
    this.anomaly = true;
    return this;
  }

  /** A mean of weights over time, for validation and the result. */
  public Trainer average(Average chosen) {
    this.average = chosen;
    return this;
  }

  /** How much rows of each class count. */
  public Trainer classWeights(float... weights) {
    this.classWeights = weights.clone();
    return this;
  }

  /** Random changes of training pictures. */
  public Trainer augment(List<Augment> chosen) {
    this.augment = List.copyOf(chosen);
    return this;
  }

  /** Layers that stay as they are, by name; {@code *} for any text. */
  public Trainer freeze(List<String> patterns) {
    this.frozen = List.copyOf(patterns);
    return this;
  }

  /** Which rows come when; every row once in random order, unless told otherwise. */
  public Trainer sampler(Sampler chosen) {
    this.sampler = chosen;
    return this;
  }

  /** The seed of weights, data order, changes of pictures and dropout. */
  public Trainer seed(long value) {
    this.seed = value;
    return this;
  }

  /**
   * Threads that gather batches ahead, 0 to 64. Unless told otherwise, one where rows are computed
   * or read, two where pictures are changed, none where rows are copied from memory.
   */
  public Trainer loaders(int count) {
    this.loaders = count;
    return this;
  }

  /** Holds the last rows out for validation, as Keras does; 0 for none. */
  public Trainer validationSplit(double fraction) {
    this.validationSplit = fraction;
    return this;
  }

  /** Validates on data of its own; its values begin with {@code val_}. */
  public Trainer validation(Dataset dataset) {
    return validation(VALIDATION, dataset);
  }

  /** Validates on one more data set; its values begin with the name and {@code _}. */
  public Trainer validation(String name, Dataset dataset) {
    validation.put(name, dataset);
    return this;
  }

  /** Continues from a checkpoint, also from the middle of an epoch. */
  public Trainer resume(Path checkpoint) {
    this.resume = checkpoint;
    return this;
  }

  /** Starts with this network's weights instead of fresh ones; it stays the caller's. */
  public Trainer startFrom(Network network) {
    this.start = network;
    return this;
  }

  /** Lets another thread end the training. */
  public Trainer stopOn(Stop chosen) {
    this.stop = chosen;
    return this;
  }

  /** Is told, before the start, how much memory the training will take. */
  public Trainer onMemory(Consumer<Memory> told) {
    this.memoryTold = told;
    return this;
  }

  /**
   * Checks that model, loss and data fit together, without training.
   *
   * @throws TrainException if they do not; the message says what would
   */
  public void check(Dataset data) {
    Plan plan = model.plan(shapes(data));
    objective().check(plan, data);
  }

  /**
   * Trains.
   *
   * @throws TrainException if the parts do not fit together, the loss becomes NaN or infinite, or
   *     the training was asked to end
   */
  public TrainingResult fit(Dataset data) {
    Map<String, Dataset> held = new LinkedHashMap<>(validation);
    Dataset train = data;
    if (validationSplit > 0 && held.isEmpty()) {
      Parts parts = Splits.last(data.count(), validationSplit);
      train = data.part(parts, Parts.Side.TRAIN);
      held.put(VALIDATION, data.part(parts, Parts.Side.TEST));
    }
    check(train);
    Batches batches = batches(train);
    // Forward and backward cost about three times the forward multiplications, each with an
    // addition.
    Threads.useForWork(6 * model.plan(shapes(train)).operations() * batch);
    stop.begun();
    // First of all, so that threads that libtorch starts from here on inherit the setting.
    try (Mode mode = Mode.flushDenormals()) {
      Network network = network(train);
      try {
        memoryTold.accept(Memory.of(network, optimizer, batch, segments, average != null));
        return new Fit(this, network, objective(), stop).run(batches, held, resume);
      } catch (RuntimeException e) {
        network.close();
        throw e;
      }
    } finally {
      stop.ended();
    }
  }

  /** The network at the start: fresh or given weights, frozen layers. */
  Network network(Dataset data) {
    Network network = model.build(shapes(data), seed);
    try {
      if (start != null) {
        network.load(start.state());
      }
      network.freeze(frozen);
      if (network.parameters().isEmpty()) {
        throw new TrainException("parameters.none");
      }
      return network;
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  Objective objective() {
    return Objective.of(model.outputs(), losses, loss, classWeights);
  }

  Batches batches(Dataset train) {
    int ahead =
        loaders != AUTO ? loaders : !augment.isEmpty() ? 2 : train.inputs().isInMemory() ? 0 : 1;
    Sampler order = sampler == null ? Sampler.shuffled(train.count(), seed) : sampler;
    return Batches.of(train, batch, order, ahead, new Augmentation(augment, seed));
  }

  private Map<String, Shape> shapes(Dataset data) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    if (model.inputs().size() == 1) {
      shapes.put(model.inputs().getFirst(), data.inputs().shape());
    } else {
      data.allInputs().forEach((name, rows) -> shapes.put(name, rows.shape()));
    }
    return shapes;
  }

  /** What a checkpoint must have been made with, in words. */
  Map<String, String> settings(Batches batches) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("model", String.valueOf(model));
    all.put("loss", losses.isEmpty() ? loss.toString() : losses.toString());
    all.put("optimizer", optimizer + (groups.isEmpty() ? "" : " " + groups));
    all.put("schedule", schedule + (everyEpoch ? " by epoch" : ""));
    all.put("batch", batch + " × " + accumulate + ", " + batches.count() + " an epoch");
    all.put("metrics", metrics.toString());
    all.put("clip", clipNorm + ", " + clipValue);
    all.put("precision", precision.toString());
    all.put("average", String.valueOf(average));
    all.put("class-weights", java.util.Arrays.toString(classWeights));
    all.put("augment", augment.toString());
    all.put("freeze", frozen.toString());
    all.put("seed", String.valueOf(seed));
    return all;
  }

  private static void require(String key, Object value, boolean holds) {
    if (!holds) {
      throw new TrainException(key, value);
    }
  }

  /** The loss and metrics of a network on data, by name. */
  public static Map<String, Double> evaluate(
      Network network, Dataset data, Loss loss, List<Metric> metrics) {
    Objective objective =
        Objective.of(network.description().outputs(), Map.of(), new Objective.Part(loss, 1), null);
    return Validation.evaluate(network, data, objective, metrics);
  }
}

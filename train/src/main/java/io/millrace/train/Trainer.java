package io.millrace.train;

import io.millrace.data.Batch;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.data.Parts;
import io.millrace.data.Splits;
import io.millrace.model.Network;
import io.millrace.model.Sequential;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Threads;
import io.millrace.train.loss.Loss;
import io.millrace.train.loss.MeanSquaredError;
import io.millrace.train.metric.Metric;
import io.millrace.train.optimizer.Adam;
import io.millrace.train.optimizer.Optimizer;
import io.millrace.train.optimizer.OptimizerSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * <p>Equal settings and data give equal losses, whatever the number of loader threads. Runs on the
 * calling thread, which must be a platform thread.
 */
public final class Trainer {
  private static final int VALIDATION_BATCH = 512;
  private static final int AUTO = -1;

  private final Sequential model;
  private Loss loss = new MeanSquaredError();
  private OptimizerSpec optimizer = Adam.adam(1e-3);
  private final List<Metric> metrics = new ArrayList<>();
  private final List<TrainingListener> listeners = new ArrayList<>();
  private int epochs = 1;
  private int batch = 32;
  private long seed = 1;
  private int loaders = AUTO;
  private double validationSplit;
  private @Nullable Dataset validation;
  private @Nullable Path resume;

  private Trainer(Sequential model) {
    this.model = model;
  }

  /**
   * A trainer for this network: mean squared error, Adam, one epoch, batches of 32, unless told
   * otherwise.
   */
  public static Trainer of(Sequential model) {
    return new Trainer(model);
  }

  /** What to make small. */
  public Trainer loss(Loss chosen) {
    this.loss = chosen;
    return this;
  }

  /** How. */
  public Trainer optimizer(OptimizerSpec chosen) {
    this.optimizer = chosen;
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
    if (count < 1) {
      throw new TrainException("epochs", count);
    }
    this.epochs = count;
    return this;
  }

  /** Rows a step. */
  public Trainer batch(int rows) {
    this.batch = rows;
    return this;
  }

  /** The seed of weights, data order and dropout. */
  public Trainer seed(long value) {
    this.seed = value;
    return this;
  }

  /**
   * Threads that gather batches ahead, 0 to 64. Unless told otherwise, one where rows are computed
   * or read, none where they are copied from memory.
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

  /** Validates on data of its own. */
  public Trainer validation(Dataset dataset) {
    this.validation = dataset;
    return this;
  }

  /** Continues from a checkpoint's last finished epoch. */
  public Trainer resume(Path checkpoint) {
    this.resume = checkpoint;
    return this;
  }

  /**
   * Trains.
   *
   * @throws TrainException if the parts do not fit together, or the loss becomes NaN or infinite
   */
  public TrainingResult fit(Dataset data) {
    Dataset train = data;
    Dataset held = validation;
    if (validationSplit > 0 && held == null) {
      Parts parts = Splits.last(data.count(), validationSplit);
      train = data.part(parts, Parts.Side.TRAIN);
      held = data.part(parts, Parts.Side.TEST);
    }
    loss.check(
        model.shapes(data.inputs().shape()).getLast(),
        model.layers().getLast().activation(),
        data.targets());
    int ahead = loaders != AUTO ? loaders : train.inputs().isInMemory() ? 0 : 1;
    Batches batches = Batches.shuffled(train, batch, seed, ahead);
    // Forward and backward cost about three times the forward multiplications, each with an
    // addition.
    Threads.useForWork(6 * model.operations(data.inputs().shape()) * batch);
    // First of all, so that threads that libtorch starts from here on inherit the setting.
    try (Mode mode = Mode.flushDenormals()) {
      return fit(train, held, batches);
    }
  }

  private TrainingResult fit(Dataset train, @Nullable Dataset held, Batches batches) {
    Network network = model.build(train.inputs().shape(), seed);
    try (Optimizer running = optimizer.over(network.parameters())) {
      Training training = new Training(network, running, epochs, batches.count(), batch);
      if (resume != null) {
        training.addAll(Checkpoint.restore(resume, network, running).epochs());
      }
      run(training, batches, held, running);
      return new TrainingResult(network, training.history());
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  private void run(Training training, Batches batches, @Nullable Dataset held, Optimizer running) {
    Listeners told = new Listeners(listeners);
    told.each(listener -> listener.started(training));
    try {
      int done = training.history().epochs().size();
      for (int epoch = done + 1; epoch <= epochs && !training.isStopping(); epoch++) {
        long start = System.nanoTime();
        training.epoch = epoch;
        training.step = 0;
        Map<String, Double> values = new LinkedHashMap<>(pass(training, batches, running, told));
        if (held != null) {
          evaluate(training.network(), held, loss, metrics)
              .forEach((name, value) -> values.put("val_" + name, value));
        }
        History.Epoch finished =
            new History.Epoch(epoch, (System.nanoTime() - start) / 1e9, values);
        training.add(finished);
        told.each(listener -> listener.finished(training, finished));
      }
    } finally {
      told.each(listener -> listener.ended(training));
    }
  }

  private Map<String, Double> pass(
      Training training, Batches batches, Optimizer running, Listeners told) {
    Network network = training.network();
    List<Metric.Count> counts = metrics.stream().map(Metric::start).toList();
    double sum = 0;
    long rows = 0;
    try (Batches.Epoch epoch = batches.epoch(training.epoch - 1)) {
      while (epoch.hasNext()) {
        Batch next = epoch.next();
        try (Scope step = Scope.open()) {
          Tensor x = next.inputs();
          Tensor targets = next.targets();
          Tensor scores = network.scores(x, Layer.Pass.TRAINING);
          Tensor value = loss.of(scores, network.lastActivation(), targets);
          double number = value.item();
          if (!Double.isFinite(number)) {
            throw NotFinite.explain(training, next, x, number);
          }
          value.backward();
          running.step();
          try (Mode mode = Mode.noGradient()) {
            for (Metric.Count count : counts) {
              count.add(scores, targets);
            }
          }
          sum += number * next.size();
          rows += next.size();
        }
        training.step++;
        training.loss = sum / rows;
        told.each(listener -> listener.stepped(training));
      }
    }
    return values(sum / rows, counts, metrics);
  }

  /** The loss and metrics of a network on data, by name. */
  public static Map<String, Double> evaluate(
      Network network, Dataset data, Loss loss, List<Metric> metrics) {
    List<Metric.Count> counts = metrics.stream().map(Metric::start).toList();
    double sum = 0;
    try (Mode mode = Mode.inference();
        Batches.Epoch epoch = Batches.inOrder(data, VALIDATION_BATCH).epoch(0)) {
      while (epoch.hasNext()) {
        Batch next = epoch.next();
        try (Scope step = Scope.open()) {
          Tensor targets = next.targets();
          Tensor scores = network.scores(next.inputs(), Layer.Pass.INFERENCE);
          sum += loss.of(scores, network.lastActivation(), targets).item() * next.size();
          for (Metric.Count count : counts) {
            count.add(scores, targets);
          }
        }
      }
    }
    return values(sum / data.count(), counts, metrics);
  }

  private static Map<String, Double> values(
      double meanLoss, List<Metric.Count> counts, List<Metric> metrics) {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", meanLoss);
    for (int i = 0; i < counts.size(); i++) {
      values.put(metrics.get(i).name(), counts.get(i).value());
    }
    return values;
  }
}

package io.millrace.benchmarks;

import static io.millrace.model.layer.Layers.conv1d;
import static io.millrace.model.layer.Layers.conv2d;
import static io.millrace.model.layer.Layers.dense;
import static io.millrace.model.layer.Layers.embedding;
import static io.millrace.model.layer.Layers.flatten;
import static io.millrace.model.layer.Layers.gruSequences;
import static io.millrace.model.layer.Layers.lstm;
import static io.millrace.model.layer.Layers.maxPooling1d;
import static io.millrace.model.layer.Layers.maxPooling2d;

import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Sampler;
import io.millrace.data.Targets;
import io.millrace.data.augment.Augment;
import io.millrace.data.augment.Augmentation;
import io.millrace.ground.json.Json;
import io.millrace.model.Sequential;
import io.millrace.model.layer.Padding;
import io.millrace.tensor.Shape;
import io.millrace.train.Trainer;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import io.millrace.train.loss.Loss;
import io.millrace.train.loss.Losses;
import io.millrace.train.metric.Accuracy;
import io.millrace.train.metric.Metric;
import io.millrace.train.optimizer.Adam;
import io.millrace.train.optimizer.AdamW;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.optimizer.Sgd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Millrace's side of {@code bench seeds}: milliseconds a training step of an example's network on
 * random data of its shape. Arguments: the work's name, steps; with a third one, mebibytes of
 * memory grown over those steps.
 */
public final class SeedJob {
  private static final int BATCHES = 20;
  private static final int PICTURES = 4096;

  /** A network, its data's shape and how it learns. */
  private record Work(
      Sequential model,
      Shape row,
      int batch,
      int classes,
      int steps,
      Loss loss,
      OptimizerSpec optimizer,
      double clip) {
    Trainer trainer(int epochs, Metric... metrics) {
      return Trainer.of(model)
          .loss(loss)
          .optimizer(optimizer)
          .metrics(metrics)
          .clipNorm(clip)
          .batch(batch)
          .epochs(epochs);
    }
  }

  private SeedJob() {}

  /** Measures and prints a JSON object. */
  public static void main(String[] arguments) {
    String name = arguments[0];
    int steps = Integer.parseInt(arguments[1]);
    if (arguments.length > 2) {
      System.out.println(Json.text(Map.of("grown", grown(work(name), steps))));
      return;
    }
    double milliseconds =
        switch (name) {
          case "augment" -> pictures();
          case "cnn accumulate, clip, metrics" -> extras(steps);
          default -> plain(name, steps);
        };
    System.out.println(Json.text(Map.of("ms", milliseconds)));
  }

  private static double plain(String name, int steps) {
    Work work = work(name);
    Dataset data = data(work);
    Metric[] metrics = work.classes() > 0 ? new Metric[] {new Accuracy()} : new Metric[0];
    int epochs = Math.max(1, steps / BATCHES);
    // Every side warms up as long as it is measured.
    work.trainer(epochs, metrics).fit(data).close();
    long start = System.nanoTime();
    work.trainer(epochs, metrics).fit(data).close();
    return (System.nanoTime() - start) / 1e6 / (epochs * BATCHES);
  }

  /** The mebibytes by which this process's memory grows after the first tenth of a training. */
  private static double grown(Work work, int steps) {
    Dataset data = data(work);
    long[] settled = {-1};
    TrainingListener watch =
        new TrainingListener() {
          @Override
          public void stepped(Training training) {
            if (settled[0] < 0 && training.totalSteps() > steps / 10) {
              settled[0] = resident();
            }
          }
        };
    work.trainer(Math.max(1, steps / BATCHES)).listeners(watch).fit(data).close();
    return (resident() - settled[0]) / 1024.0;
  }

  /** Kibibytes of memory that only this process has, the Java heap included. */
  private static long resident() {
    System.gc();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("RssAnon")) {
          return Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException e) {
      throw new BenchmarkException("memory.absent", String.valueOf(e.getMessage()));
    }
    throw new BenchmarkException("memory.absent", "RssAnon");
  }

  /** The share that accumulation, clipping and metrics add to a step of the CNN, in percent. */
  private static double extras(int steps) {
    Work work = work("cnn");
    Dataset data = data(work);
    double[] ratios = new double[Math.max(9, steps / BATCHES)];
    for (int round = 0; round < ratios.length; round++) {
      long start = System.nanoTime();
      work.trainer(1).fit(data).close();
      long middle = System.nanoTime();
      work.trainer(1, new Accuracy()).clipNorm(1).accumulate(2).fit(data).close();
      ratios[round] = (double) (System.nanoTime() - middle) / (middle - start);
    }
    // Short pairs, and the median of their ratios: the machine's noise comes in bursts.
    double[] settled = java.util.Arrays.copyOfRange(ratios, ratios.length / 3, ratios.length);
    java.util.Arrays.sort(settled);
    return 100 * (settled[settled.length / 2] - 1);
  }

  /** Microseconds a picture that is turned over, moved and turned, with two loaders. */
  private static double pictures() {
    Random random = new Random(1);
    byte[] pixels = new byte[PICTURES * 32 * 32 * 3];
    random.nextBytes(pixels);
    Dataset data =
        new Dataset(
            "pictures",
            Rows.ofBytes(pixels, Shape.of(32, 32, 3)).scaled(1 / 255f, 0),
            new Targets.Classes(new int[PICTURES], List.of("a", "b")));
    Augmentation changes =
        new Augmentation(
            List.of(new Augment.Flip(0.5, 0), new Augment.Crop(4), new Augment.Rotate(15)), 1);
    Batches batches = Batches.of(data, 64, Sampler.shuffled(PICTURES, 1), 2, changes);
    double best = Double.POSITIVE_INFINITY;
    for (int epoch = 0; epoch < 6; epoch++) {
      long start = System.nanoTime();
      try (Batches.Epoch pass = batches.epoch(epoch)) {
        while (pass.hasNext()) {
          try (var scope = io.millrace.tensor.Scope.open()) {
            pass.next().inputs();
          }
        }
      }
      best = Math.min(best, (System.nanoTime() - start) / 1e3 / PICTURES);
    }
    return best;
  }

  private static Work work(String name) {
    Loss classes = Losses.sparseCategoricalCrossEntropy();
    return switch (name) {
      case "perceptron-sgd" ->
          new Work(
              Sequential.of(dense(100).relu(), dense(10).softmax()),
              Shape.of(784),
              64,
              10,
              0,
              classes,
              Sgd.sgd(0.01),
              0);
      case "softmax" ->
          new Work(
              Sequential.of(dense(10).softmax()),
              Shape.of(784),
              64,
              10,
              0,
              classes,
              Adam.adam(1e-3),
              0);
      case "cnn" ->
          new Work(
              Sequential.of(
                  conv2d(32, 3).relu(),
                  maxPooling2d(2),
                  conv2d(64, 3).relu(),
                  maxPooling2d(2),
                  flatten(),
                  dense(64).relu(),
                  dense(10).softmax()),
              Shape.of(28, 28, 1),
              32,
              10,
              0,
              classes,
              Adam.adam(1e-3),
              0);
      case "house-prices" ->
          new Work(
              Sequential.of(dense(128).relu(), dense(128).relu(), dense(64).relu(), dense(1)),
              Shape.of(8),
              128,
              0,
              0,
              Losses.huber(1),
              AdamW.adamw(2e-3, 0.004),
              0);
      case "perceptron-100" ->
          new Work(
              Sequential.of(dense(64).relu(), dense(64).relu(), dense(10).softmax()),
              Shape.of(100),
              128,
              10,
              0,
              classes,
              AdamW.adamw(1e-3, 0.02),
              0);
      case "gru-text" ->
          new Work(
              Sequential.of(embedding(65, 64), gruSequences(128), dense(65).softmax()),
              Shape.of(64),
              64,
              65,
              64,
              classes,
              Adam.adam(3e-3),
              1);
      case "cnn-lstm" ->
          new Work(
              Sequential.of(
                  conv1d(32, 3).padding(Padding.CAUSAL).relu(),
                  maxPooling1d(2),
                  lstm(48),
                  dense(64).relu(),
                  dense(24)),
              Shape.of(168, 15),
              64,
              0,
              24,
              Losses.meanAbsoluteError(),
              Adam.adam(2e-3),
              0);
      default -> throw new BenchmarkException("unknown", name);
    };
  }

  private static Dataset data(Work work) {
    Random random = new Random(1);
    int rows = work.batch() * BATCHES;
    float[] values = new float[(int) (rows * work.row().elements())];
    boolean ids = work.classes() == 65;
    for (int i = 0; i < values.length; i++) {
      values[i] = ids ? random.nextInt(65) : (float) random.nextGaussian();
    }
    return new Dataset("random", Rows.of(values, work.row()), targets(work, rows, random));
  }

  private static Targets targets(Work work, int rows, Random random) {
    List<String> names = new ArrayList<>();
    int outputs = work.classes() > 0 ? work.classes() : Math.max(1, work.steps());
    for (int i = 0; i < outputs; i++) {
      names.add(String.valueOf(i));
    }
    if (work.classes() == 0) {
      float[] values = new float[rows * outputs];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return new Targets.Numbers(Rows.of(values, Shape.of(outputs)), names);
    }
    int[] labels = new int[rows * Math.max(1, work.steps())];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = random.nextInt(work.classes());
    }
    return work.steps() > 0
        ? new Targets.Steps(labels, work.steps(), names)
        : new Targets.Classes(labels, names);
  }
}

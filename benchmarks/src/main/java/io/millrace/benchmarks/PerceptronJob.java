package io.millrace.benchmarks;

import static io.millrace.model.layer.Layers.dense;
import static io.millrace.model.layer.Layers.flatten;

import io.millrace.data.Dataset;
import io.millrace.data.prepare.Preparation;
import io.millrace.data.source.Idx;
import io.millrace.evaluate.Evaluator;
import io.millrace.ground.json.Json;
import io.millrace.model.Sequential;
import io.millrace.tensor.Engine;
import io.millrace.train.Trainer;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import io.millrace.train.TrainingResult;
import io.millrace.train.loss.SparseCategoricalCrossEntropy;
import io.millrace.train.metric.Accuracy;
import io.millrace.train.optimizer.Adam;
import java.nio.file.Path;
import java.util.Map;

/**
 * Millrace's side: the perceptron on MNIST, timed from fit to its end. Argument: the MNIST folder.
 */
public final class PerceptronJob {
  private PerceptronJob() {}

  /** Trains, evaluates, prints a JSON object. */
  public static void main(String[] args) {
    Path folder = Path.of(args[0]);
    Dataset train = read(folder, "train");
    Dataset test = read(folder, "t10k");
    Sequential model = Sequential.of(flatten(), dense(128).relu(), dense(10).softmax());
    Progress progress = new Progress();
    Engine.start(); // as the peers' imports, this is not counted
    long start = System.nanoTime();
    try (TrainingResult result =
        Trainer.of(model)
            .loss(new SparseCategoricalCrossEntropy())
            .optimizer(Adam.adam(1e-3))
            .metrics(new Accuracy())
            .epochs(5)
            .batch(32)
            .validationSplit(0.2)
            .seed(Long.getLong("seed", 2))
            .listeners(progress)
            .fit(train)) {
      double seconds = (System.nanoTime() - start) / 1e9;
      double accuracy =
          Evaluator.evaluate(test, result.predict(test.inputs()))
              .metrics()
              .getOrDefault("accuracy", 0.0);
      System.out.println(
          Json.text(
              Map.of(
                  "seconds", seconds,
                  "validation", result.history().last().metric("val_accuracy"),
                  "test", accuracy)));
    }
  }

  private static Dataset read(Path folder, String part) {
    Dataset raw = Idx.read(folder, part);
    Preparation.OfArray scale = Preparation.array(new long[] {28, 28}, 1 / 255f, 0, "grey");
    return new Dataset(raw.name(), scale.apply(raw.inputs()), raw.targets());
  }

  /** A progress line as the command shows it, ten times a second. */
  private static final class Progress implements TrainingListener {
    private long shown;

    @Override
    public void stepped(Training training) {
      long now = System.nanoTime();
      if (now - shown > 100_000_000L) {
        shown = now;
        System.err.printf("%d/%d loss %.4f%n", training.step(), training.steps(), training.loss());
      }
    }
  }
}

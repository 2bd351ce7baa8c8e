package io.millrace.train;

import static io.millrace.model.layer.Layers.batchNormalization;
import static io.millrace.model.layer.Layers.conv2d;
import static io.millrace.model.layer.Layers.dense;
import static io.millrace.model.layer.Layers.dropout;
import static io.millrace.model.layer.Layers.embedding;
import static io.millrace.model.layer.Layers.flatten;
import static io.millrace.model.layer.Layers.gruSequences;
import static io.millrace.model.layer.Layers.lstmSequences;
import static io.millrace.model.layer.Layers.maxPooling2d;
import static io.millrace.train.loss.Losses.meanSquaredError;
import static io.millrace.train.loss.Losses.sparseCategoricalCrossEntropy;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.model.Sequential;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.train.metric.Accuracy;
import io.millrace.train.optimizer.Lamb;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.optimizer.RmsProp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Native memory stays flat over thousands of steps of every kind of network and trainer. */
class FlatTrainingTest {
  private static final Path STATUS = Path.of("/proc/self/status");

  static Stream<Arguments> trainings() {
    var classes = sparseCategoricalCrossEntropy();
    return Stream.of(
        Arguments.of(
            "convolutions",
            Trainer.of(
                    Sequential.of(
                        conv2d(4, 3).relu(),
                        batchNormalization(),
                        maxPooling2d(2),
                        flatten(),
                        dropout(0.1),
                        dense(3).softmax()))
                .loss(classes)
                .metrics(new Accuracy())
                .accumulate(2)
                .clipNorm(1)
                .average(new Average.Ema(0.9)),
            Shape.of(8, 8, 2),
            1),
        Arguments.of(
            "recurrent",
            Trainer.of(
                    Sequential.of(
                        embedding(3, 4), gruSequences(6), lstmSequences(6), dense(3).softmax()))
                .loss(classes)
                .metrics(new Accuracy())
                .optimizer(optimizer(true)),
            Shape.of(5),
            5),
        Arguments.of(
            "checkpointing in bf16",
            Trainer.of(Sequential.of(dense(8).relu(), dropout(0.2), dense(8).relu(), dense(1)))
                .loss(meanSquaredError())
                .checkpointing(2)
                .precision(Precision.BF16)
                .optimizer(optimizer(false)),
            Shape.of(6),
            0));
  }

  private static OptimizerSpec optimizer(boolean lamb) {
    return lamb
        ? new Lamb(0.001, 0.9, 0.999, 1e-6, 0.01)
        : new RmsProp(0.001, 0.9, 0.5, 1e-6, true, 0);
  }

  private static Dataset data(Shape row, int steps) {
    int rows = 64;
    float[] values = new float[(int) (rows * row.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 3;
    }
    List<String> names = List.of("a", "b", "c");
    Targets targets =
        steps == 0
            ? new Targets.Numbers(Rows.of(new float[rows], Shape.of(1)), List.of("y"))
            : steps == 1
                ? new Targets.Classes(IntStream.range(0, rows).map(i -> i % 3).toArray(), names)
                : new Targets.Steps(
                    IntStream.range(0, rows * steps).map(i -> i % 3).toArray(), steps, names);
    return new Dataset("d", Rows.of(values, row), targets);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("trainings")
  void memoryStaysFlat(String name, Trainer trainer, Shape row, int steps) throws IOException {
    Assumptions.assumeTrue(Files.exists(STATUS), "needs /proc/self/status");
    Dataset data = data(row, steps);
    long live = Scope.liveTensors();
    trainer.batch(8).epochs(100).fit(data).close(); // the first thousand steps fill caches
    long before = residentKilobytes();
    trainer.epochs(400).fit(data).close();
    long grown = residentKilobytes() - before;
    // 3,200 steps: one forgotten object of 16 kB a step would be 50 MB.
    assertThat(grown).as("kB grown").isLessThan(24 * 1024);
    assertThat(Scope.liveTensors()).isEqualTo(live);
  }

  private static long residentKilobytes() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("RssAnon")) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new AssertionError("no RssAnon in " + STATUS);
  }
}

// ./millrace java examples/line/Line.java
import static io.millrace.model.layer.Layers.dense;
import static io.millrace.train.loss.Losses.meanSquaredError;
import static io.millrace.train.optimizer.Sgd.sgd;

import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.evaluate.report.Scatter;
import io.millrace.model.Sequential;
import io.millrace.tensor.Shape;
import io.millrace.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** y = 2x from seven points, as Keras's first tutorial does it. Argument: where the picture goes. */
public class Line {
  public static void main(String[] arguments) throws Exception {
    float[] x = {-1, 0, 1, 2, 3, 4, 5};
    float[] y = {-2, 0, 2, 4, 6, 8, 10};
    var points =
        new Dataset(
            "line",
            Rows.of(x, Shape.of(1)),
            new Targets.Numbers(Rows.of(y, Shape.of(1)), List.of("y")));
    var trainer =
        Trainer.of(Sequential.of(dense(1)))
            .loss(meanSquaredError()).optimizer(sgd(0.01)).epochs(500).batch(7);
    try (var result = trainer.fit(points)) {
      float[] ends = {-2, 6};
      float[][] said = result.predict(Rows.of(ends, Shape.of(1)));
      System.out.printf(java.util.Locale.ROOT, "for 6: %.4f%n", said[1][0]);
      Path picture = Path.of(arguments.length > 0 ? arguments[0] : "line.svg");
      Files.writeString(picture, Scatter.of(x, y, ends, new float[] {said[0][0], said[1][0]}));
    }
  }
}
